"""What looks at a project that runs: `lab status`, `url`, `open`, `logs` and `attach`."""

import os
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from ..base import project as projects
from ..base.called import here
from ..base.terminal import Answer, Problem, note
from ..services import supervisor
from ..services.logs import Follower
from ..services.names import named
from ..services.status import status_of, unknown
from ..services.urls import find_url


def status(options: set[str], arguments: list[str]) -> Answer:
    """Show the state of each service. The exit code is 0 whether anything runs or not."""
    project = projects.load()
    try:
        report = status_of(project)
    except supervisor.Busy as busy:
        return Answer(unknown(project), str(busy).split("\n"))
    return Answer(report, list(status_lines(report)))


def status_lines(report: dict[str, Any]) -> Iterator[str]:
    """What runs, for a person."""
    if not report["running"]:
        yield f"{report['project']} is not running. Next: {here('lab start')}"
        return
    yield f"{report['project']} is running" + (f": {report['url']}" if report["url"] else ".")
    width = max(len(service["name"]) for service in report["services"])
    for service in report["services"]:
        state = _state(service)
        facts = [service["url"]] if service["url"] else []
        if service["restarts"]:
            facts.append(f"restarts: {service['restarts']}")
        if not service["running"]:
            cure = f"lab logs {service['name']}" if service["failed"] else "lab start"
            facts.append(f"Next: {here(cure)}")
        yield f"  {service['name']:{width}}  {state:8}  {', '.join(facts)}".rstrip()


def _state(service: dict[str, Any]) -> str:
    if service["ready"]:
        return "ready"
    if service["running"]:
        return "starting"
    return "failed" if service["failed"] else "stopped"


# `lab url`: the address of a service of a project that runs.


def url(options: set[str], arguments: list[str]) -> Answer:
    """The address that opens a service of a project that runs; JupyterLab's without an argument."""
    name, address = find_url(projects.load(), arguments)
    return Answer({"service": name, "url": address}, [address])


# `lab open`: a service of a project that runs, in the browser.


def open(options: set[str], arguments: list[str]) -> Answer:
    """Open the page of a service that runs, or print its address where no browser is."""
    from ..base import browser  # and subprocess with it, which the others do without

    project = projects.load()
    name, address = find_url(project, arguments)
    opened = browser.open_page(project, address)
    if not opened:
        note("No browser was found here. Open this address where you have one:")
    return Answer({"service": name, "url": address, "opened": bool(opened)}, [address])


# `lab logs`: what the services print.


LINES = 200
PAUSE_SECONDS = 0.1


def logs(options: set[str], arguments: list[str]) -> int:
    """Show the end of the logs, of one service or of all, and with -f what comes after it.

    For programs a line of JSON for each line, so that they can follow, too.
    """
    project = projects.load()
    names = named(project, arguments)
    follower = Follower(project, names, for_programs="--json" in options)
    follower.last(LINES)
    try:
        while "-f" in options:
            follower.show(PAUSE_SECONDS)
            if _nobody_reads():  # `lab logs -f | head`: the next line may be hours away
                raise BrokenPipeError
    except KeyboardInterrupt:
        pass  # the way to end it
    return 0


def _nobody_reads() -> bool:
    from select import POLLERR, poll

    asked = poll()
    asked.register(sys.stdout.fileno(), 0)
    return any(state & POLLERR for _, state in asked.poll(0))


# `lab attach`: process-compose's own screen.


def attach(options: set[str], arguments: list[str]) -> NoReturn:
    """Become process-compose's screen for this project. Leaving it stops nothing."""
    from ..services import process_compose

    project = projects.load()
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise Problem("lab attach needs a terminal, and this is none.", "lab logs -f")
    if not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    environment = process_compose.environment(project)
    # The screen keeps its settings here; without this it would write into the user's own.
    os.makedirs(environment["PROC_COMP_CONFIG"], exist_ok=True)
    os.chdir(project.state)
    command = process_compose.command(project, "attach", "--log-file", "log/attach.log")
    os.execve(command[0], command, environment)
