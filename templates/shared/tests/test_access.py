"""server.py answers those who have the key, on the names of this computer only."""

import os
import subprocess
import sys
import tempfile
import unittest
from urllib.parse import urlencode

from running import PROBES, PROJECT, Answers

PATHS = ["/", "/style.css", "/static/app.css", "/view/start.ipynb", "/no-such-page", "//healthz"]


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
from private import key

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
