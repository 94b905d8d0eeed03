"""What looks at a project that runs: `lab status`, `url`, `open`, `logs` and `attach`."""

import os
import sys
import time
from collections.abc import Iterator
from typing import Any, NoReturn

from ..base import browser
from ..base import project as projects
from ..base.errors import Problem
from ..base.files import tail
from ..base.invocation import here
from ..base.project import Project
from ..base.terminal import Answer, note, say
from ..services import definitions, ports, supervisor


def status(options: set[str], arguments: list[str]) -> Answer:
    """Show the state of each service. The exit code is 0 whether anything runs or not."""
    project = projects.load()
    try:
        report = status_of(project)
    except supervisor.Busy as busy:
        data = {"project": project.name, "root": str(project.root), "running": None}
        return Answer(data, str(busy).split("\n"))
    return Answer(report, list(status_lines(report)))


def status_of(project: Project) -> dict[str, Any]:
    """What runs, since the supervisor knows and the services answer."""
    chosen = ports.remembered(project)
    try:
        states = supervisor.states(project)
    except ports.NoAnswer:
        states = {}
    found = [
        _service(project, name, states.get(name), chosen) for name in definitions.names(project)
    ]
    # Until JupyterLab answers as itself, its port may be anybody's, and the address has the token.
    known = any(one["name"] == definitions.JUPYTER and one["ready"] for one in found)
    url = (
        definitions.page(project, definitions.JUPYTER, chosen[definitions.JUPYTER])
        if known
        else None
    )
    return {
        "project": project.name,
        "root": str(project.root),
        "state": str(project.state),
        "environment": project.facts["env"],
        "hash": os.environ.get("NIX_JUPYTER_HASH", ""),
        "running": bool(states),
        "url": url,
        "services": found,
    }


def _service(
    project: Project, name: str, state: dict[str, Any] | None, chosen: dict[str, int]
) -> dict[str, Any]:
    pid = definitions.pid_of(state)
    running = pid is not None
    port = chosen.get(name)
    return {
        "name": name,
        "running": running,
        "ready": bool(pid and port and definitions.ready(project, name, port, pid)),
        "pid": pid,
        "port": port if running else None,
        "url": definitions.address(project, port) if running and port else None,
        "failed": bool(state and not running and state["exit_code"]),
        "restarts": state["restarts"] if state else 0,
    }


def status_lines(report: dict[str, Any]) -> Iterator[str]:
    """What runs, for a person."""
    if not report["running"]:
        yield f"{report['project']} is not running. Next: {here('lab start')}"
        return
    yield f"{report['project']} is running" + (f": {report['url']}" if report["url"] else ".")
    width = max(len(service["name"]) for service in report["services"])
    for service in report["services"]:
        state = _state(service)
        facts = [service["url"]] if service["running"] else []
        if service["restarts"]:
            facts.append(f"restarts: {service['restarts']}")
        if service["failed"]:
            facts.append(f"Next: {here(f'lab logs {service["name"]}')}")
        yield f"  {service['name']:{width}}  {state:8}  {', '.join(facts)}".rstrip()


def _state(service: dict[str, Any]) -> str:
    if service["ready"]:
        return "ready"
    if service["running"]:
        return "starting"
    return "failed" if service["failed"] else "stopped"


def url(options: set[str], arguments: list[str]) -> Answer:
    """The address that opens a service of a project that runs; JupyterLab's without an argument."""
    name, address = _find_url(projects.load(), arguments)
    return Answer({"service": name, "url": address}, [address])


def _find_url(project: Project, arguments: list[str]) -> tuple[str, str]:
    (name,) = definitions.named(project, arguments or [definitions.JUPYTER])
    port = ports.remembered(project).get(name)
    try:
        states = supervisor.states(project)
    except ports.NoAnswer:
        states = {}
    if port is None or not states:
        raise Problem(f"{project.name} is not running.", "lab start")
    return name, definitions.own_page(project, name, port, states.get(name))


def open_in_browser(options: set[str], arguments: list[str]) -> Answer:
    """Open the page of a service that runs, or print its address where no browser is."""
    project = projects.load()
    name, address = _find_url(project, arguments)
    opened = browser.open_page(project, address)
    if not opened:
        note("No browser was found here. Open this address where you have one:")
    return Answer({"service": name, "url": address, "opened": bool(opened)}, [address])


def attach(options: set[str], arguments: list[str]) -> NoReturn:
    """Become process-compose's screen for this project. Leaving it stops nothing."""
    project = projects.load()
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise Problem("lab attach needs a terminal, and this is none.", "lab logs -f")
    if not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    environment = supervisor.environment(project)
    # The screen keeps its settings here; without this it would write into the user's own.
    os.makedirs(environment["PROC_COMP_CONFIG"], exist_ok=True)
    os.chdir(project.state)
    command = supervisor.command(project, "attach", "--log-file", "log/attach.log")
    os.execve(command[0], command, environment)


LINES = 200
PAUSE = 0.1


def logs(options: set[str], arguments: list[str]) -> int:
    """Show the end of the logs, of one service or of all, and with -f what comes after it.

    For programs a line of JSON for each line, so that they can follow, too.
    """
    project = projects.load()
    names = definitions.named(project, arguments)
    follower = Follower(project, names, for_programs="--json" in options)
    follower.last(LINES)
    try:
        while "-f" in options:
            follower.show(PAUSE)
    except KeyboardInterrupt:
        pass  # the way to end it
    return 0


# Showing logs as they grow.


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

    def show(self, pause: float) -> None:
        """Show what has come since the last time, then wait a little."""
        for name in self._places:
            *lines, self._rest[name] = (self._rest[name] + self._news(name)).split(b"\n")
            for line in lines:
                self._say(name, line.decode("utf-8", "replace"))
        time.sleep(pause)

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
