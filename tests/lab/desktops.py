"""A desktop for the tests: a browser that follows what it is given, and tells."""

import json
import sys
from pathlib import Path

from driver import Lab

# Follows the first redirect, as a browser does, and notes what it was asked for and led to.
BROWSER = """#!{python} -I
import http.client, json, sys, urllib.parse
address = urllib.parse.urlsplit(sys.argv[-1])
connection = http.client.HTTPConnection(address.netloc, timeout=300)
connection.request("GET", address.path)
answer = connection.getresponse()
with open({opened!r}, "a") as file:
    print(json.dumps([sys.argv[1:], answer.status, answer.getheader("Location")]), file=file)
"""


class Desktop:
    """A directory of programs for PATH, and what its browsers were asked to open."""

    def __init__(self, lab: Lab) -> None:
        self.directory = lab.home / "bin"
        self.directory.mkdir()
        self._opened = lab.home / "opened"
        lab.extra = {"PATH": f"{self.directory}:{lab.environment()['PATH']}", "DISPLAY": ":99"}

    def browser(self, name: str) -> Path:
        """Install a browser, or what opens one, under this name."""
        text = BROWSER.format(python=sys.executable, opened=str(self._opened))
        return self.program(name, text)

    def program(self, name: str, text: str) -> Path:
        """Install any program."""
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def asked(self) -> list[list[str]]:
        """The command lines of all browsers so far, without their names."""
        return [line[0] for line in self._lines()]

    def opened(self) -> list[str]:
        """The pages on which the browsers have ended up."""
        return [line[2] for line in self._lines()]

    def _lines(self) -> list[list]:
        if not self._opened.exists():
            return []
        return [json.loads(line) for line in self._opened.read_text().splitlines()]
