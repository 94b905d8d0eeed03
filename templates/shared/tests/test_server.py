"""server.py answers, on this machine only, and hands out nothing of the project that it should not."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 60

PROBES = [
    "/flake.nix",
    "/server.py",
    "/requirements.txt",
    "/pyproject.toml",
    "/.git/config",
    "/README.md",
    "/../flake.nix",
    "/..%2fflake.nix",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/../server.py",
    "/static/..%2fserver.py",
    "/static/%2e%2e/server.py",
    "//etc/passwd",
    "/..%5c..%5cserver.py",
    "/notebooks/..%2fserver.py",
    "/notebooks/../server.py",
    "/view/../server.py",
    "/%00",
]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.state = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.state.cleanup)
        cls.port = free_port()
        environment = os.environ | {
            "HOST": "127.0.0.1",
            "PORT": str(cls.port),
            "NIX_JUPYTER_STATE": cls.state.name,
        }
        cls.process = subprocess.Popen(
            [sys.executable, "server.py"],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        cls.addClassCleanup(cls.end)
        cls.wait_until_ready()

    @classmethod
    def end(cls):
        cls.process.kill()
        cls.process.wait()

    @classmethod
    def wait_until_ready(cls):
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                return socket.create_connection(("127.0.0.1", cls.port), timeout=1).close()
            except OSError:
                if cls.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def get(self, path, host=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.addCleanup(connection.close)
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{self.port}")
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.read()

    def test_1_is_healthy(self):
        self.assertEqual((200, b"ok"), self.get("/healthz"))

    def test_2_has_a_page(self):
        status, body = self.get("/")
        self.assertEqual(200, status)
        self.assertIn(b"<html", body.lower())

    def test_3_loads_nothing_from_elsewhere(self):
        _, body = self.get("/")
        for mark in (
            b'src="http',
            b"src='http",
            b'src="//',
            b"@import",
            b'rel="stylesheet" href="http',
        ):
            self.assertNotIn(mark, body)

    def test_4_hands_out_no_file_of_the_project(self):
        for path in PROBES:
            with self.subTest(path=path):
                status, body = self.get(path)
                self.assertIn(status, (400, 403, 404, 405), path)
                for secret in (b"import ./nix", b"healthz", b"root:x:0"):
                    self.assertNotIn(secret, body)

    def test_5_refuses_foreign_host_names(self):
        """A web page elsewhere could point its own name at 127.0.0.1 (DNS rebinding)."""
        status, _ = self.get("/", host=f"attacker.example:{self.port}")
        self.assertIn(status, (400, 403, 421))

    def test_6_listens_on_this_machine_only(self):
        """Another loopback address shows it: a server on all interfaces would answer there too."""
        if sys.platform == "darwin":
            self.skipTest("macOS has only 127.0.0.1 unless an administrator adds more")
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.2", self.port), timeout=5).close()

    def test_7_ends_when_asked(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertIn(self.process.wait(timeout=10), (0, -signal.SIGTERM))


if __name__ == "__main__":
    unittest.main()
