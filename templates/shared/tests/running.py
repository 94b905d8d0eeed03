"""server.py as a program of its own, for the tests that ask it."""

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
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 60

# On a busy computer, threads that wait for each other by counting (those of torch) would take many
# times as long.
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"} | os.environ

# What would be a file of the project, or of the computer, if a server took it at its word.
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


def need_server() -> None:
    """Skip where the project has no server.py: taking it out is the user's right."""
    if not (PROJECT / "server.py").is_file():
        raise unittest.SkipTest("this project has no server.py")


class Server:
    """server.py on a free port, with a state directory that outlives it."""

    name = "test-7c5xkq2v4wmz3a6b.localhost"

    def __init__(self, state, directory=PROJECT, log=subprocess.DEVNULL):
        need_server()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "NIX_JUPYTER_STATE": str(state),
            "NIX_JUPYTER_HOST": self.name,
        }
        self.process = subprocess.Popen(
            [sys.executable, "server.py"],
            cwd=directory,
            env=PATIENT | settings,
            stdout=log,
            stderr=None if log == subprocess.DEVNULL else log,
        )
        self._wait_until_it_listens()
        self.key = Path(state, "key").read_text()

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.end()
                    raise
                time.sleep(0.05)

    def ask(self, method, path, headers=None, **form):
        """Ask as a program that has the key; return status, headers and text of the answer."""
        with_key = {"Authorization": f"Bearer {self.key}"}
        return self.ask_without_key(method, path, with_key | (headers or {}), **form)

    def ask_without_key(self, method, path, headers=None, **form):
        """The same for a stranger, who has only what is in `headers`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict(headers or {})
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def end(self):
        """Ask it to end; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=10)
        finally:
            self.process.kill()
            self.process.wait()


class Answers(unittest.TestCase):
    """Tests that ask one server.py, which runs meanwhile."""

    kind = Server

    @classmethod
    def setUpClass(cls):
        state = tempfile.TemporaryDirectory()
        cls.addClassCleanup(state.cleanup)
        cls.server = cls.kind(state.name)
        cls.addClassCleanup(cls.server.end)
