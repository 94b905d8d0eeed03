"""server.py shows its page, hands out no file by mistake, keeps its key private and ends when asked."""

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from running import PROBES, PROJECT, Answers, Server, need_server


class Page(Answers):
    """What is answered with the key."""

    def test_there_is_a_page(self):
        status, headers, text = self.server.ask("GET", "/")
        self.assertEqual(200, status)
        self.assertIn("<html", text.lower())
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])

    def test_it_loads_nothing_from_elsewhere(self):
        _, _, text = self.server.ask("GET", "/")
        for mark in ('src="http', "src='http", 'src="//', "@import", 'rel="stylesheet" href="http'):
            self.assertNotIn(mark, text)

    def test_no_file_of_the_project_is_handed_out(self):
        for path in PROBES:
            with self.subTest(path=path):
                status, _, text = self.server.ask("GET", path)
                self.assertIn(status, (400, 403, 404, 405), path)
                for secret in ("import ./nix", "healthz", "root:x:0"):
                    self.assertNotIn(secret, text)


class Program(unittest.TestCase):
    """server.py from its start to its end."""

    def setUp(self):
        need_server()
        state = tempfile.TemporaryDirectory()
        self.addCleanup(state.cleanup)
        self.state = Path(state.name)

    def start(self):
        server = Server(self.state)
        self.addCleanup(server.process.wait)
        self.addCleanup(server.process.kill)
        return server

    def test_it_listens_on_this_machine_only(self):
        """Another loopback address shows it: a server on all interfaces would answer there too."""
        if sys.platform == "darwin":
            self.skipTest("macOS has only 127.0.0.1 unless an administrator adds more")
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.2", self.start().port), timeout=5).close()

    def test_it_ends_when_asked(self):
        self.assertIn(self.start().end(), (0, -signal.SIGTERM))

    def test_the_key_is_private_and_stays_the_same(self):
        first = self.start()
        first.end()
        self.assertEqual(first.key, self.start().key)
        self.assertRegex(first.key, r"^[0-9a-f]{48}$")
        self.assertEqual(0o600, (self.state / "key").stat().st_mode & 0o777)

    def test_a_key_that_others_can_read_is_not_used(self):
        for mode, text in ((0o644, "0" * 48), (0o600, ""), (0o600, "short")):
            (self.state / "key").write_text(text)
            (self.state / "key").chmod(mode)
            settings = {"PORT": "0", "NIX_JUPYTER_STATE": str(self.state)}
            ended = subprocess.run(
                [sys.executable, "server.py"],
                cwd=PROJECT,
                env=os.environ | settings,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            self.assertEqual(1, ended.returncode)
            self.assertIn("Next: rm", ended.stderr)
            self.assertNotIn("Traceback", ended.stderr)

    def test_by_hand_it_prints_an_address_that_opens_it(self):
        """On a terminal, without `lab`: the key is made, and is in the address."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NIX_JUPYTER")}
        environment |= {"XDG_STATE_HOME": str(self.state), "PORT": str(port)}
        process = subprocess.Popen(
            [sys.executable, "server.py"], cwd=PROJECT, env=environment, stdout=theirs
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        os.close(theirs)
        said = ""
        while "\n" not in said:
            said += os.read(ours, 1000).decode()
        [key] = [path.read_text() for path in self.state.glob("nix-jupyter/*/key")]
        self.assertRegex(said, rf"http://127\.0\.0\.1:{port}/\?key={re.escape(key)}\s")

    def test_a_log_does_not_hold_the_key(self):
        with (self.state / "log").open("w") as log:
            server = Server(self.state, log=log)
        self.addCleanup(server.process.kill)
        for path in ("/", "/no-such-page", "/%00"):
            for method in ("GET", "POST"):
                server.ask(method, f"{path}?key={server.key}")
                server.ask_without_key(method, f"{path}?key={server.key}")
                server.ask(method, f"{path}?key={server.key}", {"Host": "attacker.example"})
        server.end()
        self.assertNotIn(server.key, (self.state / "log").read_text())


if __name__ == "__main__":
    unittest.main()
