"""Ports: the same for a project every time, and the next free one when another program has it."""

import errno
import hashlib
import json
import os
import socket
from collections.abc import Iterable

from files import write
from problem import Problem
from project import Project

FIRST, LAST = 12000, 28000


def free(port: int) -> bool:
    """Is nobody on this port, neither on 127.0.0.1 nor on ::1?

    Both are looked at, because a browser may take `localhost` for either. A connection is tried as
    well: on macOS one may bind 127.0.0.1 beside a program that listens on all addresses.
    """
    loopbacks = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
    return all(_unused(family, host, port) for family, host in loopbacks)


def _unused(family: int, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((host, port))
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(0.2)
            return client.connect_ex((host, port)) != 0
    except OSError as error:
        # A machine without IPv6 has nobody on ::1 either.
        return error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def remembered(project: Project) -> dict[str, int]:
    """The ports of the last start."""
    try:
        ports = json.loads((project.state / "ports.json").read_text())
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in ports.items() if isinstance(port, int)}


def choose(project: Project, services: Iterable[str]) -> dict[str, int]:
    """Give each service a free port, the one that it had before where possible, and note it."""
    before = remembered(project)
    digest = hashlib.sha256(os.fsencode(project.root)).digest()
    candidate = FIRST + int.from_bytes(digest[:4]) % (LAST - FIRST)
    chosen: dict[str, int] = {}
    for name in services:
        port = before.get(name, 0)
        if port in chosen.values() or not port or not free(port):
            taken = {*chosen.values(), *before.values()}
            port = candidate = _next(candidate, taken)
        chosen[name] = port
    write(project.state / "ports.json", json.dumps(chosen))
    return chosen


def _next(start: int, taken: set[int]) -> int:
    for step in range(LAST - FIRST):
        port = FIRST + (start - FIRST + step) % (LAST - FIRST)
        if port not in taken and free(port):
            return port
    raise Problem(f"No port between {FIRST} and {LAST} is free on this machine.", "lab doctor")
