"""What webapp.py promises for every page: nothing from elsewhere, nothing to others, static files alone."""

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


class EveryPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        state = tempfile.TemporaryDirectory()
        cls.addClassCleanup(state.cleanup)
        cls.server = Server(state.name)
        cls.addClassCleanup(cls.server.end)

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

    def test_other_websites_are_turned_away(self):
        here = f"127.0.0.1:{self.server.port}"
        for headers, expected in (
            ({"Host": "attacker.example"}, 403),
            ({"Origin": "http://attacker.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "http://127.0.0.1:1"}, 403),
            ({"Origin": f"http://{here}"}, 405),  # let in; but nothing can be posted there
        ):
            with self.subTest(headers=headers):
                self.assertEqual(expected, self.server.ask("POST", "/", headers)[0])


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


if __name__ == "__main__":
    unittest.main()
