"""The board works, remembers, and takes what it is given."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from running import PROJECT
from test_webapp import Server


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

    def test_its_page_names_no_address(self):
        self.assertNotRegex(self.server.ask("GET", "/", {})[2], r"(?i)(https?:)?//[a-z]")


class Lock(unittest.TestCase):
    def test_every_requirement_is_locked(self):
        def names(file):
            lines = (PROJECT / file).read_text().lower().splitlines()
            found = (re.match(r"[a-z0-9][a-z0-9._-]*", line) for line in lines)
            return {re.sub(r"[-_.]+", "-", match.group()) for match in found if match}

        missing = names("requirements.in") - names("requirements.txt")
        self.assertEqual(set(), missing, "not in requirements.txt. Next: lab lock")


if __name__ == "__main__":
    unittest.main()
