"""Who listens on which TCP port of this computer, as the system says it.

A server is known by its process and its socket, never by what it answers: anybody can answer.
"""

import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

LISTEN = "0A"  # the state of a listening socket in /proc/net/tcp


class Listener(NamedTuple):
    """A listening TCP socket: where, whose, and what tells it from every other socket."""

    address: str
    port: int
    uid: int
    identity: str
    pid: int | None = None  # None: a process that this user may not look at


def of(pids: Iterable[int]) -> list[Listener]:
    """The listening sockets of some processes. One that several have is listed for each."""
    if sys.platform != "linux":
        return _by_psutil(pids)
    sockets = {listener.identity: listener for listener in everybodys()}
    found = []
    for pid in pids:
        for identity in _descriptors(pid):
            if identity in sockets:
                found.append(sockets[identity]._replace(pid=pid))
    return found


def everybodys() -> list[Listener]:
    """All listening sockets of this computer, without their processes. Linux only: else empty."""
    found = []
    for file, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            lines = Path(f"/proc/net/{file}").read_text().splitlines()[1:]
        except OSError:
            continue  # no such family here, or no Linux
        for line in lines:
            words = line.split()
            if words[3] == LISTEN:
                address, _, port = words[1].partition(":")
                uid, inode = int(words[7]), words[9]
                found.append(Listener(_address(address, family), int(port, 16), uid, inode))
    return found


def on(port: int) -> list[Listener]:
    """The listening sockets on a port, with their processes where this user may see them."""
    found = [listener for listener in everybodys() if listener.port == port]
    if not found:
        return []
    identities = {listener.identity: None for listener in found}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and None in identities.values():
            for identity in _descriptors(int(entry)):
                if identity in identities:
                    identities[identity] = int(entry)
    return [listener._replace(pid=identities[listener.identity]) for listener in found]


def holder(port: int) -> str:
    """Say who has a port, for a person: as much as can be known of it."""
    for listener in on(port):
        if listener.pid is None:
            return f"a program of {_user(listener.uid)}"
        name = _name(listener.pid)
        return f"{name} (process {listener.pid} of {_user(listener.uid)})"
    return "another program"


def _address(digits: str, family: socket.AddressFamily) -> str:
    # The kernel writes each group of four bytes in the order of the machine.
    raw = bytes.fromhex(digits)
    if sys.byteorder == "little":
        raw = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    return socket.inet_ntop(family, raw)


def _descriptors(pid: int) -> list[str]:
    """The inodes of the sockets that a process has open; none when we may not look."""
    folder = f"/proc/{pid}/fd"
    found = []
    try:
        for name in os.listdir(folder):
            link = os.readlink(f"{folder}/{name}")
            if link.startswith("socket:["):
                found.append(link[8:-1])
    except OSError:
        pass  # it has ended, or is not ours
    return found


def _user(uid: int) -> str:
    import pwd

    if uid == os.getuid():
        return "your own"
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "a program"


def _by_psutil(pids: Iterable[int]) -> list[Listener]:
    import psutil

    found = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            uid = process.uids().real
            connections = process.net_connections("tcp")
        except psutil.Error:
            continue
        for one in connections:
            if one.status == psutil.CONN_LISTEN:
                identity = f"{pid}:{one.fd}:{one.laddr.ip}:{one.laddr.port}"
                found.append(Listener(one.laddr.ip, one.laddr.port, uid, identity, pid))
    return found
