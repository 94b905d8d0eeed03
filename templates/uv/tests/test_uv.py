"""The page of packages tells the truth about this environment, and serves nothing but itself."""

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
import tomllib
import unittest
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parent.parent
STATIC = PROJECT / "static"

sys.path.append(str(PROJECT))

import packages


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        state = tempfile.TemporaryDirectory()
        cls.addClassCleanup(state.cleanup)
        with socket.create_server(("127.0.0.1", 0)) as free:
            cls.port = free.getsockname()[1]
        settings = {"HOST": "127.0.0.1", "PORT": str(cls.port), "NIX_JUPYTER_STATE": state.name}
        cls.process = subprocess.Popen(
            [sys.executable, "server.py"],
            cwd=PROJECT,
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
        )
        cls.addClassCleanup(cls.end)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", cls.port), timeout=1).close()
                break
            except OSError:
                if cls.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    @classmethod
    def end(cls):
        cls.process.send_signal(signal.SIGTERM)
        assert cls.process.wait(timeout=10) == 0

    def ask(self, path, headers=None, method="GET"):
        """Ask as htmx does, unless told otherwise; return status, headers and text of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(
            method, path, headers={"HX-Request": "true"} if headers is None else headers
        )
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def rows(self, **choices):
        """The names in the table that this search gives."""
        _, _, html = self.ask(f"/packages?{urlencode(choices)}")
        self.assertNotIn("<html", html)
        self.assertIn('id="packages"', html)
        return re.findall(r'<th scope="row">\s*([a-z0-9-]+)', html)

    def test_search(self):
        self.assertEqual(["numpy"], self.rows(q="array computing"))
        self.assertIn("jupyter-server", self.rows(q="JUPYTER"))
        self.assertEqual([], self.rows(q="no such thing"))
        self.assertEqual(len(packages.installed()), len(self.rows()))

    def test_choices(self):
        asked, brought = self.rows(show="asked for"), self.rows(show="brought along")
        self.assertIn("jupyterlab", asked)
        self.assertIn("jupyter-server", brought)
        self.assertEqual(sorted(asked + brought), self.rows())
        sizes = {package.name: package.size for package in packages.installed()}
        by_size = [sizes[name] for name in self.rows(sort="size")]
        self.assertEqual(sorted(by_size, reverse=True), by_size)

    def test_why_is_it_here(self):
        _, _, html = self.ask("/packages?q=jupyter-server")
        self.assertRegex(html, r'<a href="/\?q=jupyterlab">jupyterlab</a> › jupyter-server<')
        self.assertIn("you asked for it", self.ask("/packages?q=jupyterlab")[2])

    def test_odd_input(self):
        status, _, html = self.ask("/packages?q=%3Cscript%3Ealert(1)%3C/script%3E&show=x&sort=x")
        self.assertEqual(200, status)
        self.assertNotIn("<script", html)
        _, _, page = self.ask("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", {})
        self.assertIn("&lt;script&gt;", page)
        self.assertNotIn("<script>", page)

    def test_nothing_comes_from_elsewhere(self):
        _, headers, page = self.ask("/", {})
        self.assertIn('src="/static/htmx.min.js"', page)
        self.assertNotRegex(page, r"(?i)(src|href|action)=\W*(https?:)?//")
        self.assertNotRegex(page, r"<script>|<style|style=|onload=|hx-on")
        self.assertIn("script-src 'self'", headers["Content-Security-Policy"])

    def test_only_static_files_are_served(self):
        for path in ("/static/htmx.min.js", "/static/pico.min.css", "/static/app.css"):
            self.assertEqual(200, self.ask(path)[0], path)
        for path in (
            "/flake.nix",
            "/uv.lock",
            "/pyproject.toml",
            "/packages.py",
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
                self.assertEqual(404, self.ask(path)[0])

    def test_other_websites_are_turned_away(self):
        self.assertEqual(403, self.ask("/", {"Host": "attacker.example"})[0])
        self.assertEqual(403, self.ask("/", {"Origin": "http://attacker.example"}, "POST")[0])


class Lock(unittest.TestCase):
    def test_the_environment_is_what_the_lock_says(self):
        lock = tomllib.loads((PROJECT / "uv.lock").read_text())
        self.assertIn("jupyterlab", {package["name"] for package in lock["package"]})
        for package in packages.installed():
            if package.locked:
                self.assertEqual(package.locked, package.version, f"{package.name}: run lab sync")

    def test_what_is_asked_for_is_installed(self):
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
        for requirement in project["dependencies"]:
            with self.subTest(requirement=requirement):
                version(re.match(r"[A-Za-z0-9._-]+", requirement).group())

    def test_extras_and_chains(self):
        lock = {
            "": {"dependencies": [{"name": "a", "extra": ["x"]}]},
            "a": {"dependencies": [{"name": "b"}], "optional-dependencies": {"x": [{"name": "c"}]}},
            "b": {"dependencies": [{"name": "d"}, {"name": "a"}]},
            "c": {"dependencies": [{"name": "d", "marker": "sys_platform == 'linux'"}]},
        }
        needs = {name: packages.needs_of(package) for name, package in lock.items()}
        self.assertEqual(["b", "c"], needs["a"])
        self.assertEqual(
            {"a": ("a",), "b": ("a", "b"), "c": ("a", "c"), "d": ("a", "b", "d")},
            packages.shortest_ways(needs),
        )


class Vendored(unittest.TestCase):
    def test_files_from_elsewhere_are_unchanged(self):
        table = (STATIC / "VENDORED.md").read_text()
        hashes = dict(re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE))
        self.assertEqual({"htmx.min.js", "pico.min.css"}, set(hashes))
        for name, expected in hashes.items():
            self.assertEqual(expected, hashlib.sha256((STATIC / name).read_bytes()).hexdigest())


if __name__ == "__main__":
    unittest.main()
