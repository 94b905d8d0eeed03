"""The project on another computer: where, what is asked of it, and what keeps the line to it."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from ..base import browser, invocation
from ..base import project as projects
from ..base.errors import Problem
from ..base.file_lock import holder, lock
from ..base.files import read_own
from ..base.project import MARK, RECORD, Project
from ..base.terminal import note
from ..base.variables import inherited
from ..services import ports
from . import files
from .connection import FAILED, Line

HOST = re.compile(r"(?!-)(ssh://)?([A-Za-z0-9._-]+@)?(?!-)[A-Za-z0-9.:_%-]+")
FOLDER = re.compile(r"\.nix-jupyter-on/[0-9a-f]{16}")
KEEP = "import sys; sys.path.insert(0, sys.argv.pop(1)); from lab.remote.host import keep; keep()"
RETRY_SECONDS = 3


class Place(NamedTuple):
    """Where the project is: the host, and the folder in the home folder there."""

    host: str
    folder: str


def place_of(project: Project) -> Place | None:
    """Where it is; None where it is here. Raises Problem when the record is not ours."""
    text = read_own(project.state / RECORD)
    if not text:
        return None
    try:
        place = Place(**json.loads(text))
    except (ValueError, TypeError):
        place = Place("", "")
    if not HOST.fullmatch(place.host) or not FOLDER.fullmatch(place.folder):
        message = f"{project.state / RECORD} does not say where the project runs."
        raise Problem(message, f'rm "{project.state / RECORD}"')
    return place


class There:
    """The project on the other computer."""

    def __init__(self, project: Project, place: Place) -> None:
        self.project = project
        self.host, self.folder = place
        self.line = Line(project, place.host)

    def script(self, command: str) -> str:
        """Run a part of nix/remote.sh that needs no project there."""
        sources = [Path(self.project.root, "nix", name) for name in ("scripts/nix.sh", "remote.sh")]
        text = "".join(source.read_text(encoding="utf-8") for source in sources)
        return self.line.ask("sh", "-s", command, self.folder, given=text)

    def words(self, command: str) -> tuple[str, ...]:
        """What calls its lab; its arguments come behind."""
        return ("sh", f"{self.folder}/project/nix/remote.sh", command, self.folder)

    def status(self) -> dict[str, Any]:
        """What its lab says of it."""
        return json.loads(self.line.ask(*self.words("lab"), "status", "--json"))

    @property
    def state(self) -> str:
        """Its state folder. nix/activate.sh finds it by the project's id."""
        return "state/nix-jupyter/there"

    def ports(self) -> dict[str, int]:
        """The ports of its services."""
        return json.loads(self.line.ask("cat", f"{self.folder}/{self.state}/ports.json"))

    def send(self, chosen: dict[str, int]) -> None:
        """Copy the project, and how it is to be started."""
        more = {
            "called": invocation.called(),
            "project/.nix-jupyter/.gitignore": "*\n",
            "project/.nix-jupyter/id": "there",
            f"{self.state}/ports.json": json.dumps(chosen),
        }
        files.send(self.project, self.line, self.folder, more)

    def start(self, arguments: list[str]) -> tuple[int, str]:
        """Start it, and give the exit code and what it printed. It ends when we do."""
        process = self.line.begin(*self.words("start"), *arguments)
        assert process.stdin  # pipes, as asked for
        assert process.stdout
        with process.stdin, process.stdout:
            printed = process.stdout.read().decode("utf-8", "replace")
            code = process.wait()
        if code == FAILED:
            raise self.line.cut()
        return code, printed

    def fetch(self) -> list[str]:
        """Bring back what was changed there, and say what that was."""
        return files.fetch(self.project, self.line, *self.words("lab"))


# Keeping the line.


def is_kept(project: Project) -> bool:
    """Is there a process that makes the line anew?"""
    return holder(project.state / "keep.lock") is not None


def keep_line(project: Project, descriptors: list[int]) -> None:
    """Begin what makes the line anew when it was cut. It holds the same ports of ::1 (ports.py)."""
    with open(project.log("line"), "ab") as log:
        subprocess.Popen(
            [sys.executable, "-I", "-c", KEEP, browser.FOLDER],
            env=inherited() | {MARK: str(project.state)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=descriptors,
            umask=project.umask,
        )
    deadline = time.monotonic() + 10
    while not is_kept(project) and time.monotonic() < deadline:
        time.sleep(0.02)


def keep() -> None:
    """Wait for the end of the line, and make it anew, until `lab stop` ends this process."""
    project = projects.load()
    with lock(project.state / "keep.lock", "keep"):
        while place := place_of(project):
            there = There(project, place)
            there.line.wait_for_end()
            if place_of(project) and not _make_anew(there):
                time.sleep(RETRY_SECONDS)


def _make_anew(there: There) -> bool:
    note(f"{time.strftime('%F %T')} The line to {there.host} was cut.")
    try:
        there.line.connect(may_ask=False)
        there.line.forward(ports.remembered(there.project).values())
    except Problem as problem:
        note(problem.message)
        there.line.close()
        return False
    try:
        for text in there.fetch():
            note(text)
    except Problem as problem:
        note(problem.message)
    return True


def end_here(project: Project) -> None:
    """End what keeps the line, and the line."""
    from ..services.shutdown import end

    end(project)
