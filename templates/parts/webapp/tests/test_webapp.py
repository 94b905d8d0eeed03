"""What webapp.py promises for every page: nothing from elsewhere, nothing to others, static files alone."""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import unittest

import running
from running import PROJECT

STATIC = PROJECT / "static"


class Server(running.Server):
    """The same, asked as htmx does, unless told otherwise."""

    def ask(self, method, path, headers=None, **form):
        return super().ask(
            method, path, {"HX-Request": "true"} if headers is None else headers, **form
        )


class EveryPage(running.Answers):
    kind = Server

    def test_nothing_comes_from_elsewhere(self):
        _, headers, page = self.server.ask("GET", "/", {})
        self.assertIn('src="/static/htmx.min.js"', page)
        self.assertNotRegex(page, r"(?i)(src|href|action)=\W*(https?:)?//")
        self.assertNotRegex(page, r"<script>|<style|style=|onload=|hx-on")
        self.assertIn("script-src 'self'", headers["Content-Security-Policy"])

    def test_only_static_files_are_served(self):
        for path in ("/static/htmx.min.js", "/static/pico.min.css", "/static/app.css"):
            self.assertEqual(200, self.server.ask("GET", path)[0], path)
        for path in (
            "/webapp.py",
            "/requirements.txt",
            "/pyproject.toml",
            "/uv.lock",
            "/board.db",
            "/session.key",
            "/../flake.nix",
            "/..%2fflake.nix",
            "/%2e%2e/flake.nix",
            "/static/",
            "/static/../server.py",
            "/static/..%2fserver.py",
            "/static/%2e%2e%2fserver.py",
            "/static//etc/passwd",
            "/static/%00",
        ):
            with self.subTest(path=path):
                self.assertEqual(404, self.server.ask("GET", path)[0])


class InsideANotebook(unittest.TestCase):
    """A page that a notebook serves is as closed as server.py."""

    def run_script(self, script):
        with tempfile.TemporaryDirectory() as state:
            environment = os.environ | {"NIX_JUPYTER_STATE": state}
            subprocess.run([sys.executable, "-c", script], cwd=PROJECT, env=environment, check=True)

    def test_fasthtml_does_not_open_the_page_to_every_website(self):
        self.run_script("""
import fasthtml.core

fasthtml.core.IN_NOTEBOOK = True
from webapp import web_app
from starlette.testclient import TestClient

client = TestClient(web_app("test"), base_url="http://127.0.0.1")
answer = client.get("/healthz", headers={"Origin": "http://attacker.example"})
assert answer.text == "ok"
assert "access-control-allow-origin" not in answer.headers, answer.headers
assert "<script>" not in "".join(map(str, client.app.hdrs)), client.app.hdrs
""")

    def test_what_it_shows_opens_once_and_holds_no_key(self):
        self.run_script(r"""
import re
import socket
from http.client import HTTPConnection

from access import key
from webapp import Shown, web_app

page = web_app("A & B")
page.get("/")(lambda: "hello")
shown = Shown(page, height=190)
frame = shown._repr_html_()
assert key() not in frame and 'title="A &amp; B"' in frame, frame
name, port, path = re.search(r'src="http://([^:]+):(\d+)(/[^"]*)"', frame).groups()

def ask(path, **headers):
    connection = HTTPConnection("127.0.0.1", int(port))
    connection.request("GET", path, headers={"Host": f"{name}:{port}"} | headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()

assert ask("/")[0] == 401
status, headers, text = ask(path)
assert status == 200 and "frame-ancestors" not in headers["Content-Security-Policy"], headers
cookie = headers["Set-Cookie"].partition(";")[0]
assert ask(path)[0] == 401, "it opened a second time"
status, headers, text = ask(path, Cookie=cookie)
assert status == 200 and "hello" in text, text
assert f"frame-ancestors http://{name}:*" in headers["Content-Security-Policy"], headers

try:
    socket.create_connection(("::1", int(port)), timeout=5)
    raise AssertionError("somebody listens on ::1")
except OSError:
    pass
shown.stop()
""")


class Vendored(unittest.TestCase):
    def test_files_from_elsewhere_are_unchanged(self):
        table = (STATIC / "VENDORED.md").read_text()
        hashes = dict(re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE))
        self.assertEqual({"htmx.min.js", "pico.min.css"}, set(hashes))
        for name, expected in hashes.items():
            self.assertEqual(expected, hashlib.sha256((STATIC / name).read_bytes()).hexdigest())


if __name__ == "__main__":
    unittest.main()
