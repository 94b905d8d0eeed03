"""server.py shows its page to who has the key, hands out no file by mistake, and ends when asked."""

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
from urllib.parse import urlencode

from running import PROBES, PROJECT, Answers, Server, need_server

PATHS = ["/", "/style.css", "/static/app.css", "/view/start.ipynb", "/no-such-page", "//healthz"]


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


class Gate(Answers):
    """Nobody gets in without the key, and who has it, does."""

    def host(self, name):
        return {"Host": f"{name}:{self.server.port}"}

    def log_in(self, name, path="/"):
        """Open the address with the key, as a browser does; return the cookie and the answer."""
        with_key = f"{path}{'&' if '?' in path else '?'}key={self.server.key}"
        answer = self.server.ask_without_key("GET", with_key, self.host(name))
        return answer[1]["Set-Cookie"], answer

    def test_health_alone_is_open(self):
        status, _, text = self.server.ask_without_key("GET", "/healthz")
        self.assertEqual((200, "ok"), (status, text))

    def test_without_the_key_no_path_and_no_method_is_answered(self):
        for path in (*PATHS, *PROBES):
            with self.subTest(path=path):
                self.assertIn(self.server.ask_without_key("GET", path)[0], (400, 401))
        for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            with self.subTest(method=method):
                self.assertEqual(401, self.server.ask_without_key(method, "/")[0])

    def test_a_websocket_needs_the_key_too(self):
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        self.assertIn(self.server.ask_without_key("GET", "/", upgrade)[0], (401, 403))

    def test_a_wrong_key_opens_nothing(self):
        key = self.server.key
        for wrong in ("", key[:-1], f"{key}x", key.upper(), "é", "\xff", "x" * 5000):
            with self.subTest(key=wrong[:60]):
                path = f"/?{urlencode({'key': wrong}, encoding='latin-1')}"
                self.assertEqual(401, self.server.ask_without_key("GET", path)[0])
                sent = {"Authorization": f"Bearer {wrong}"}
                self.assertEqual(401, self.server.ask_without_key("GET", "/", sent)[0])
        for other in (f"Basic {key}", key, f"token {key}"):
            sent = {"Authorization": other}
            self.assertEqual(401, self.server.ask_without_key("GET", "/", sent)[0])
        self.assertEqual(401, self.server.ask_without_key("POST", f"/?key={key}")[0])

    def test_the_locked_page_says_what_opens_it(self):
        _, headers, text = self.server.ask_without_key("GET", "/")
        self.assertIn("lab url server", text)
        self.assertIn("./start", text)
        self.assertEqual("no-store", headers["Cache-Control"])
        self.assertNotIn(self.server.key, f"{headers}{text}")

    def test_the_key_opens_for_a_program(self):
        status, headers, _ = self.server.ask("GET", "/")
        self.assertEqual(200, status)
        self.assertNotIn(self.server.key, str(headers))

    def test_the_key_in_the_address_becomes_a_cookie(self):
        cookie, (status, headers, text) = self.log_in(self.server.name, "/?a=1&b=%26")
        self.assertEqual(200, status)
        self.assertRegex(
            cookie, r"^lab-[0-9a-f]{16}=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict$"
        )
        # It moves on by itself, to the same address without the key, which the page does not hold.
        self.assertIn('content="0; url=/?a=1&amp;b=%26"', text)
        self.assertNotIn(self.server.key, f"{headers}{text}")
        self.assertEqual("no-referrer", headers["Referrer-Policy"])

    def test_the_way_on_stays_here(self):
        for path in ("//attacker.example/", "/\\attacker.example/"):
            _, (_, _, text) = self.log_in(self.server.name, path)
            self.assertRegex(text, r'content="0; url=/attacker\.example/"')

    def test_the_cookie_opens_the_page(self):
        for name in (self.server.name, "127.0.0.1"):
            cookie, _ = self.log_in(name)
            sent = {"Cookie": f"first=1; {cookie.partition(';')[0]}; last=2"}
            status, _, text = self.server.ask_without_key("GET", "/", self.host(name) | sent)
            self.assertEqual(200, status)
            self.assertIn("<html", text.lower())

    def test_the_cookie_of_another_name_opens_nothing(self):
        cookie, _ = self.log_in("127.0.0.1")
        sent = {"Cookie": cookie.partition(";")[0]}
        for name in (self.server.name, "localhost"):
            self.assertEqual(
                401, self.server.ask_without_key("GET", "/", self.host(name) | sent)[0]
            )
        name, _, value = sent["Cookie"].partition("=")
        for wrong in (
            f"{name}=",
            f"{name}={value[:-1]}",
            f"x{name}={value}",
            f"{name}={self.server.key}",
        ):
            headers = self.host("127.0.0.1") | {"Cookie": wrong}
            self.assertEqual(401, self.server.ask_without_key("GET", "/", headers)[0])

    def test_a_foreign_name_is_refused_with_the_key_too(self):
        """A web page elsewhere could point its own name at 127.0.0.1 (DNS rebinding)."""
        for name in ("attacker.example", "other.localhost", "0.0.0.0", ""):
            for path in ("/", "/healthz", f"/?key={self.server.key}"):
                with self.subTest(name=name, path=path):
                    self.assertEqual(403, self.server.ask("GET", path, self.host(name))[0])

    def test_another_website_changes_nothing_with_the_key_too(self):
        for origin in ("http://attacker.example", "null", "http://127.0.0.1:1"):
            with self.subTest(origin=origin):
                self.assertEqual(403, self.server.ask("POST", "/", {"Origin": origin})[0])
        here = {"Origin": f"http://127.0.0.1:{self.server.port}"}
        self.assertNotIn(self.server.ask("POST", "/", here)[0], (401, 403))


class Comparison(unittest.TestCase):
    def test_keys_and_cookies_are_compared_in_constant_time(self):
        if not (PROJECT / "access.py").is_file():
            self.skipTest("this project has no access.py")
        script = """
import hmac
from unittest import mock

import access
from access import key

cookie = access.check("GET", "/", f"key={key()}", {"Host": "localhost"}).headers["Set-Cookie"]
for query, headers in (
    ("key=guess", {}),
    ("", {"Authorization": "Bearer guess"}),
    ("", {"Cookie": "guess"}),
):
    with mock.patch("hmac.compare_digest", return_value=True) as compared:
        answer = access.check("GET", "/", query, {"Host": "localhost"} | headers)
    assert answer is None or answer.status == 200, answer  # nothing but that comparison decides
    assert b"guess" in compared.call_args.args, compared.call_args
"""
        with tempfile.TemporaryDirectory() as state:
            environment = os.environ | {"NIX_JUPYTER_STATE": state}
            subprocess.run([sys.executable, "-c", script], cwd=PROJECT, env=environment, check=True)


if __name__ == "__main__":
    unittest.main()
