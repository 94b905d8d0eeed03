"""The commands of `lab` for a project that is on another computer: they ask the lab of there."""

import json
import os
import shlex
import sys
from io import BufferedReader
from typing import NoReturn

from ..base import browser, called, processes, terminal
from ..base import project as projects
from ..base.project import Project
from ..base.terminal import Answer, Problem
from ..commands.show import status_lines
from ..services import listeners, ports
from ..services.names import JUPYTER, named
from ..services.status import unknown
from . import start, stop
from .connection import FAILED, Lost
from .host import There, place_of


def run(name: str, options: set[str], arguments: list[str]) -> int:
    """Do a command of `lab` for the project that is on another computer."""
    project = projects.load()
    if name == "start":
        return start.start(project, options)
    place = place_of(project)
    if not place:
        raise Problem(f"{project.name} is not on another computer any more.", f"lab {name}")
    there = There(project, place)
    words = [name, *sorted(options), *arguments]
    if name == "stop":
        return terminal.give(stop.stop(there), options)
    if name == "status":
        return terminal.give(_status(there), options)
    if not there.connection.is_up():
        raise Lost(*_lost_words(project, place.host))
    if name == "attach":
        _attach(there, words)
    if name in ("url", "open"):
        return _url(there, name, options, arguments)
    process = there.connection.begin(*there.words("watched"), *words)
    assert isinstance(process.stdout, BufferedReader)  # a pipe, as asked for
    try:
        while printed := process.stdout.read1():
            sys.stdout.buffer.write(printed)
            sys.stdout.buffer.flush()
        code = process.wait()
    except KeyboardInterrupt:
        code = 0  # the way to end `lab logs -f`
    if code == FAILED:
        raise there.connection.lost()
    return code


def _lost_words(project: Project, host: str) -> tuple[str, str]:
    message = f"The connection to {host} is lost. {project.name} keeps running there."
    start = f"lab start --on {shlex.quote(host)}"
    return message, f"{start}    (it comes back by itself when {host} answers)"


def _status(there: There) -> Answer:
    project, host = there.project, there.host
    try:
        if not there.connection.is_up():
            raise there.connection.lost()
        found = there.status()
    except Lost:
        message, fix = _lost_words(project, host)
        data = {**unknown(project), "root": None, "state": None, "on": host, "connection": "lost"}
        return Answer(data, [message, f"Next: {called.here(fix)}"])
    lines = [f"On {host}, connected.", *status_lines(found)]
    return Answer({**found, "on": host, "connection": "open"}, lines)


def _url(there: There, name: str, options: set[str], arguments: list[str]) -> int:
    """The address of a service, once it is certain that our connection answers on its port here."""
    project = there.project
    (service,) = named(project, arguments or [JUPYTER])
    found = json.loads(there.connection.ask(*there.words("lab"), "url", service, "--json"))
    port = ports.remembered(project).get(service, 0)
    if not listeners.own_listener(port, [[each.pid for each in processes.running(project)]]):
        message = f"Port {port} of this computer does not lead to {there.host}."
        raise Problem(message, f"lab start --on {shlex.quote(there.host)}")
    if name == "open":
        found["opened"] = browser.open_page(project, found["url"])
    return terminal.give(Answer(found, [found["url"]]), options)


def _attach(there: There, words: list[str]) -> NoReturn:
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise Problem("lab attach needs a terminal, and this is none.", "lab logs -f")
    there.connection.ask("true")  # where it may not begin, ssh would say so in its own words
    command = there.connection.command(*there.words("lab"), *words, terminal=True)
    os.execv(command[0], command)
