"""The board works, remembers, and serves nothing but itself."""

import hashlib
import http.client
import os
import re
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
STATIC = PROJECT / "static"


class Server:
    """server.py on a free port, with a state folder that outlives it."""

    def __init__(self, state):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        settings = {"HOST": "127.0.0.1", "PORT": str(self.port), "NIX_JUPYTER_STATE": state}
        self.process = subprocess.Popen(
            [sys.executable, "server.py"],
            cwd=PROJECT,
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def ask(self, method, path, headers=None, **form):
        """Ask as htmx does, unless told otherwise; return status, headers and text of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict({"HX-Request": "true"} if headers is None else headers)
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)


class Board(unittest.TestCase):
    def setUp(self):
        state = tempfile.TemporaryDirectory()
        self.addCleanup(state.cleanup)
        self.state = state.name
        self.server = Server(self.state)
        self.addCleanup(self.end)

    def end(self):
        if self.server.process.poll() is None:
            self.server.end()

    def add(self, text):
        """Add a card; return its id and the answer."""
        status, _, html = self.server.ask("POST", "/cards", text=text)
        self.assertEqual(200, status)
        return max(map(int, re.findall(r'hx-post="/cards/(\d+)/toggle"', html))), html

    def test_a_click_is_answered_with_a_piece_of_html(self):
        number, html = self.add("water the plants")
        self.assertNotIn("<html", html)
        self.assertIn('id="board"', html)
        self.assertIn("water the plants", html)
        self.assertRegex(html, r'<form[^>]+hx-swap-oob="true"')

        _, _, html = self.server.ask("POST", f"/cards/{number}/toggle")
        self.assertIn("2 of 4 done", html)
        _, _, html = self.server.ask("DELETE", f"/cards/{number}")
        self.assertNotIn("water the plants", html)
        _, _, html = self.server.ask("DELETE", "/cards")
        self.assertIn("0 of 2 done", html)

    def test_a_filter_is_remembered(self):
        self.add("still to do")
        _, headers, html = self.server.ask("GET", "/board?show=done")
        self.assertNotIn("still to do", html)
        cookie = headers["Set-Cookie"]
        self.assertIn(Path(self.state).name, cookie)
        self.assertIn("httponly; samesite=strict", cookie.lower())
        _, _, html = self.server.ask("GET", "/board", {"Cookie": cookie.partition(";")[0]})
        self.assertNotIn("still to do", html)

    def test_an_unchanged_board_is_not_sent_again(self):
        _, _, html = self.server.ask("GET", "/board")
        again = re.search(r'hx-get="(/board\?seen=\w+)"', html).group(1)
        self.assertEqual((204, ""), self.server.ask("GET", again)[::2])
        self.add("something new")
        status, _, html = self.server.ask("GET", again)
        self.assertEqual(200, status)
        self.assertIn("something new", html)

    def test_the_notebook_writes_to_the_same_board(self):
        script = "import board; board.add('from Python', 'notebook'); board.save_votes({'tea': 3})"
        environment = os.environ | {"NIX_JUPYTER_STATE": self.state}
        subprocess.run([sys.executable, "-c", script], cwd=PROJECT, env=environment, check=True)
        _, _, html = self.server.ask("GET", "/board")
        self.assertIn("from Python", html)
        self.assertIn("<strong>3</strong>", html)

    def test_it_remembers_across_a_restart(self):
        self.add("remember me")
        self.assertEqual(0, self.server.end())
        self.server = Server(self.state)
        _, _, html = self.server.ask("GET", "/board")
        self.assertIn("remember me", html)
        self.assertEqual(1, html.count("<span>Scaffold a project</span>"))
        self.assertEqual(0o600, Path(self.state, "session.key").stat().st_mode & 0o777)

    def test_odd_input(self):
        before = self.server.ask("GET", "/board")[2].count("<li")
        _, html = self.add("<script>alert(1)</script> & “quotes”")
        self.assertNotIn("<script", html)
        self.assertIn("&lt;script&gt;", html)
        self.add("x" * 5000)
        self.add("   ")
        _, _, html = self.server.ask("GET", "/board")
        self.assertEqual(before + 2, html.count("<li"))
        self.assertNotIn("x" * 201, html)
        self.assertEqual(400, self.server.ask("POST", "/cards")[0])
        self.assertEqual(200, self.server.ask("POST", "/cards/9999/toggle")[0])
        self.assertEqual(404, self.server.ask("DELETE", "/cards/one")[0])

    def test_nothing_comes_from_elsewhere(self):
        _, headers, page = self.server.ask("GET", "/", {})
        self.assertIn('src="/static/htmx.min.js"', page)
        self.assertNotRegex(page, r"(?i)(https?:)?//[a-z]")
        self.assertNotRegex(page, r"<script>|<style|style=|onload=|hx-on")
        self.assertIn("script-src 'self'", headers["Content-Security-Policy"])

    def test_only_static_files_are_served(self):
        for path in ("/static/htmx.min.js", "/static/pico.min.css", "/static/app.css"):
            self.assertEqual(200, self.server.ask("GET", path)[0], path)
        for path in (
            "/flake.nix",
            "/requirements.txt",
            "/board.py",
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

    def test_other_websites_are_turned_away(self):
        here = f"127.0.0.1:{self.server.port}"
        for headers, expected in (
            ({"Host": "attacker.example"}, 403),
            ({"Origin": "http://attacker.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "http://127.0.0.1:1"}, 403),
            ({"Origin": f"http://{here}"}, 200),
        ):
            with self.subTest(headers=headers):
                self.assertEqual(expected, self.server.ask("DELETE", "/cards", headers)[0])


class InsideANotebook(unittest.TestCase):
    def test_fasthtml_does_not_open_the_page_to_every_website(self):
        script = """
import fasthtml.core

fasthtml.core.IN_NOTEBOOK = True
from webapp import web_app
from starlette.testclient import TestClient

client = TestClient(web_app("test"), base_url="http://127.0.0.1")
answer = client.get("/healthz", headers={"Origin": "http://attacker.example"})
assert answer.text == "ok"
assert "access-control-allow-origin" not in answer.headers, answer.headers
assert "<script>" not in "".join(map(str, client.app.hdrs)), client.app.hdrs
"""
        with tempfile.TemporaryDirectory() as state:
            environment = os.environ | {"NIX_JUPYTER_STATE": state}
            subprocess.run([sys.executable, "-c", script], cwd=PROJECT, env=environment, check=True)


class Vendored(unittest.TestCase):
    def test_files_from_elsewhere_are_unchanged(self):
        table = (STATIC / "VENDORED.md").read_text()
        hashes = dict(re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE))
        self.assertEqual({"htmx.min.js", "pico.min.css"}, set(hashes))
        for name, expected in hashes.items():
            self.assertEqual(expected, hashlib.sha256((STATIC / name).read_bytes()).hexdigest())


class Lock(unittest.TestCase):
    def test_every_requirement_is_locked(self):
        def names(file):
            lines = (PROJECT / file).read_text().lower().splitlines()
            found = (re.match(r"[a-z0-9][a-z0-9._-]*", line) for line in lines)
            return {re.sub(r"[-_.]+", "-", match.group()) for match in found if match}

        missing = names("requirements.in") - names("requirements.txt")
        self.assertEqual(set(), missing, "requirements.txt lacks these. Type: lab lock")


if __name__ == "__main__":
    unittest.main()
