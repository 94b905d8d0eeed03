"""The project on another computer: where it is, and what is asked of it."""

import json
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

from ..base import called
from ..base.files import read_own
from ..base.project import RECORD, Project
from ..base.terminal import Problem, Progress
from ..services import secret
from . import exchange
from .connection import FAILED, Connection
from .fetch import Fetched, fetch
from .send import send

# What ssh takes for a host. Users of a company's directory have a backslash or an @ in their names:
# CORP\ada@gpu, ada@corp.example@gpu.
HOST = re.compile(r"(?!-)(ssh://)?([\w.+=~%:\\@-]+@)?(?!-)[\w.:%+=~-]+")
DIRECTORY = re.compile(r"\.nix-jupyter-on/[0-9a-f]{16}")
# One line, without a `!`: tcsh takes no other.
CALL = 'if [ -f "$3" ]; then shift 2; exec sh "$@"; fi; printf "%s\\n" "$1" "$2" >&2; exit 1'


class Place(NamedTuple):
    """Where the project is: the host, and the directory in the home directory there."""

    host: str
    directory: str


def place_of(project: Project) -> Place | None:
    """Where it is; None where it is here. Raises Problem when the record is not ours."""
    text = read_own(project.state / RECORD)
    if not text:
        return None
    try:
        place = Place(**json.loads(text))
    except (ValueError, TypeError):
        place = Place("", "")
    if not HOST.fullmatch(place.host) or not DIRECTORY.fullmatch(place.directory):
        message = f"{project.state / RECORD} does not say where the project runs."
        raise Problem(message, f'rm "{project.state / RECORD}"')
    return place


class There:
    """The project on the other computer."""

    def __init__(self, project: Project, place: Place) -> None:
        self.project = project
        self.host, self.directory = place
        self.connection = Connection(project, place.host)
        self.had_project: bool | None = None  # when it was asked first

    def script(self, command: str) -> str:
        """Run a part of nix/remote.sh that needs no project there."""
        sources = [Path(self.project.root, "nix", name) for name in ("scripts/nix.sh", "remote.sh")]
        text = "".join(source.read_text(encoding="utf-8") for source in sources)
        return self.connection.ask("sh", "-s", command, self.directory, given=text)

    def prepare(self) -> dict[str, str]:
        """Make the directory. Gives what is there: nix-store, system and lab."""
        known = dict(text.split(" ", 1) for text in self.script("prepare").splitlines())
        if self.had_project is None:
            self.had_project = "lab" in known
        if known.get("lab") == "broken":
            message = f"The programs of the project on {self.host} are gone from its Nix store."
            user, at, name = self.host.rpartition("@")
            where = f"{user}{at}{f'[{name}]' if ':' in name else name}:{self.directory}/project"
            if self.host.startswith("ssh://"):
                where = f"scp{self.host[3:]}/{self.directory}/project"
            remove = f"ssh {shlex.quote(self.host)} rm -rf {self.directory}"
            fix = f"scp -r {shlex.quote(where)} from-there && {remove}    then lab stop"
            raise Problem(f"{message} Its files are in {where}.", fix)
        return known

    def words(self, command: str) -> tuple[str, ...]:
        """What calls its lab; its arguments come behind. Where it is gone, the shell says so."""
        gone = f"What {self.host} had of this project was removed there."
        fix = called.here(f"lab start --again --on {shlex.quote(self.host)}")
        file = f"{self.directory}/project/nix/remote.sh"
        return ("sh", "-c", CALL, "sh", gone, f"  Next: {fix}", file, command, self.directory)

    def status(self) -> dict[str, Any]:
        """What its lab says of it."""
        return json.loads(self.connection.ask(*self.words("lab"), "status", "--json"))

    @property
    def state(self) -> str:
        """Its state directory. nix/activate.sh finds it by the project's id."""
        return "state/nix-jupyter/there"

    def ports(self) -> dict[str, int]:
        """The ports of its services."""
        return json.loads(self.connection.ask("cat", f"{self.directory}/{self.state}/ports.json"))

    def send(self, chosen: dict[str, int], progress: Progress) -> None:
        """Copy the project, and how it is to be started."""
        more = {
            "called": called.called(),
            "by": f"ssh {shlex.quote(self.host)}",
            "project/.nix-jupyter/.gitignore": "*\n",
            "project/.nix-jupyter/id": "there",
            f"{self.state}/ports.json": json.dumps(chosen),
        }
        for name, text in secret.elsewhere(self.project, self.host).items():
            more[f"{self.state}/{name}"] = text
        send(self.project, self.connection, self.directory, more, progress)

    def start(self, arguments: list[str]) -> tuple[int, str]:
        """Start it, and give the exit code and what it printed. It ends when we do."""
        process = self.connection.begin(*self.words("start"), *arguments)
        assert process.stdin  # pipes, as asked for
        assert process.stdout
        with process.stdin, process.stdout:
            printed = process.stdout.read().decode("utf-8", "replace")
            code = process.wait()
        if code == FAILED:
            raise self.connection.lost()
        return code, printed

    def fetch(self, progress: Progress | None = None) -> Fetched:
        """Bring back what was changed there."""
        return fetch(self.project, self.connection, self.words("lab"), progress)

    def forget(self) -> None:
        """Remove what is noted of it here: the other computer has nothing of it any more."""
        exchange.forget(self.project)
        (self.project.state / RECORD).unlink(missing_ok=True)
