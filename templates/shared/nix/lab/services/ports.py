"""The same ports for a project every time, and the next free one when another program has it."""

import errno
import hashlib
import json
import os
import resource
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..base.files import read_own, write
from ..base.project import Project
from ..base.terminal import Problem, note
from .listeners import holder

FIRST, LAST = 12000, 28000
# Where the first of the reserving descriptors is: services are to close them (supervisor.py).
FIRST_DESCRIPTOR = 64
ENOUGH_FILES = 1024  # that a process may open; what Linux gives as a rule


class Chosen(NamedTuple):
    """The ports of all services, and the descriptors that keep others off the same ports of ::1."""

    ports: dict[str, int]
    descriptors: list[int]

    def close(self) -> None:
        """Let go of the descriptors, once the supervisor has its copies."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors.clear()


def free(port: int) -> bool:
    """Is nobody on this port, neither on 127.0.0.1 nor on ::1?"""
    try:
        reserved = _reserve(port)
    except OSError:
        return False
    if reserved:
        reserved.close()
    return True


def taken(port: int) -> bool:
    """Is somebody on this port of 127.0.0.1?"""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", port))
        # On macOS one may bind 127.0.0.1 beside a program that listens on all addresses.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
            client.settimeout(0.2)
            return client.connect_ex(("127.0.0.1", port)) == 0
    except OSError:
        return True


def _reserve(port: int) -> socket.socket | None:
    """Keep others off [::1]:port; None where there is no IPv6. Raises OSError when it is taken.

    Browsers take names under .localhost for ::1 as well as for 127.0.0.1, and some try ::1 first.
    Nobody ever listens there: a connection is refused, and the browser goes on to 127.0.0.1.
    """
    if taken(port):
        raise OSError(errno.EADDRINUSE, "taken")
    try:
        reserved = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    except OSError:
        return None
    try:
        # Without SO_REUSEADDR, which would let others who set it have the port, too.
        reserved.bind(("::1", port))
    except OSError as error:
        reserved.close()
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return None
        raise
    return reserved


def path(project: Project) -> Path:
    """The file of the ports, by the names of the services."""
    return project.state / "ports.json"


def remembered(project: Project) -> dict[str, int]:
    """The ports of the last start. Raises Problem when the file is not ours."""
    try:
        ports = json.loads(read_own(path(project)) or "{}")
    except ValueError:
        return {}
    if not isinstance(ports, dict):
        return {}
    return {
        str(name): port
        for name, port in ports.items()
        if isinstance(port, int) and 0 < port < 65536
    }


def required(project: Project, name: str) -> int:
    """The port of a service of a project that runs. Raises Problem when its file was changed."""
    port = remembered(project).get(name)
    if port is None:
        message = f"{path(project)} does not hold the port of {name}."
        raise Problem(message, "lab start --again")
    return port


def choose(project: Project, services: Sequence[str]) -> Chosen:
    """Give each service a free port, the one that it had before where possible, and note it.

    A port that somebody else has is never taken; who has it, and what is used instead, is said.
    Raises Problem where none is free.
    """
    _require_descriptors(FIRST_DESCRIPTOR + len(services) + 1)
    before = remembered(project)
    digest = hashlib.sha256(os.fsencode(project.root)).digest()
    candidate = FIRST + int.from_bytes(digest[:4]) % (LAST - FIRST)
    chosen = Chosen({}, [])
    for name in services:
        port = before.get(name, 0)
        if not port or port in chosen.ports.values() or not _take(port, chosen):
            others = {*chosen.ports.values(), *before.values()}
            candidate = _next(candidate, others, chosen)
            if port and port not in chosen.ports.values():
                who = holder(port)
                note(f"Port {port} is taken by {who}. {name} uses port {candidate} from now on.")
            port = candidate
        chosen.ports[name] = port
    write(path(project), json.dumps(chosen.ports))
    return chosen


def _require_descriptors(number: int) -> None:
    """Let this process, and what it starts, open so many files. Raises Problem where it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if number <= soft or soft == resource.RLIM_INFINITY:
        return
    if number <= hard or hard == resource.RLIM_INFINITY:
        enough = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
        return
    message = f"A program may open {hard} files here, and lab start needs {number}."
    raise Problem(message, f"ulimit -n {ENOUGH_FILES}    or, where that is refused, a new terminal")


def _take(port: int, chosen: Chosen) -> bool:
    """Reserve a port. Was it free?"""
    try:
        reserved = _reserve(port)
    except OSError:
        return False
    if reserved:
        number = FIRST_DESCRIPTOR + len(chosen.descriptors)
        chosen.descriptors.append(os.dup2(reserved.fileno(), number, inheritable=False))
        reserved.close()
    return True


def _next(start: int, others: set[int], chosen: Chosen) -> int:
    for step in range(LAST - FIRST):
        port = FIRST + (start - FIRST + step) % (LAST - FIRST)
        if port not in others and _take(port, chosen):
            return port
    raise Problem(f"No port between {FIRST} and {LAST} is free on this computer.", "lab doctor")
