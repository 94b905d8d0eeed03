"""Showing logs as they grow."""

import os
import time

from ..base.files import tail
from ..base.project import Project
from ..base.terminal import say


class Follower:
    """Shows new lines of some services' logs, from where it was made on."""

    def __init__(self, project: Project, names: list[str], *, for_programs: bool = False) -> None:
        self._project = project
        self._for_programs = for_programs
        self._width = max(len(name) for name in names) if len(names) > 1 else 0
        self._places = {name: self._now(name) for name in names}
        self._rest = dict.fromkeys(names, b"")

    def last(self, lines: int) -> None:
        """Show what the logs already hold."""
        for name in self._places:
            for line in tail(self._project.log(name), lines):
                self._say(name, line)

    def show(self, pause_seconds: float) -> None:
        """Show what has come since the last time, then wait a little."""
        for name in self._places:
            *lines, self._rest[name] = (self._rest[name] + self._news(name)).split(b"\n")
            for line in lines:
                self._say(name, line.decode("utf-8", "replace"))
        time.sleep(pause_seconds)

    def _say(self, name: str, line: str) -> None:
        if self._for_programs:
            import json

            say(json.dumps({"service": name, "line": line}))
        else:
            say(f"{name:{self._width}} | {line}" if self._width else line)

    def _news(self, name: str) -> bytes:
        inode, place = self._places[name]
        if self._now(name)[0] != inode:  # the log was rotated: go on with the new file's beginning
            inode, place = self._now(name)[0], 0
        try:
            with open(self._project.log(name), "rb") as file:
                file.seek(place)
                news = file.read()
        except FileNotFoundError:
            return b""
        self._places[name] = (inode, place + len(news))
        return news

    def _now(self, name: str) -> tuple[int, int]:
        try:
            status = os.stat(self._project.log(name))
        except FileNotFoundError:
            return 0, 0
        return status.st_ino, status.st_size
