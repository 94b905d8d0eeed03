"""Ports of this computer: who listens, what is answered there, and which are the project's own."""

import errno
import hashlib
import json
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..base.errors import Problem
from ..base.files import read_own, write
from ..base.project import Project
from ..base.terminal import note

# Who listens on which TCP port, as the system says it.
#
# A server is known by its process and its socket, never by what it answers: anybody can answer.


TABLES = {"tcp": socket.AF_INET, "tcp6": socket.AF_INET6}  # in /proc/net
LISTEN = "0A"  # the state of a listening socket there
OPENING = "03"  # of a connection that begins: before Linux 4.4 it stands behind its listener
# A server that listens on all addresses is reached, too; checks/audit.py says what is wrong there.
REACHED_FROM_HERE = ("127.0.0.1", "0.0.0.0", "::")


class Listener(NamedTuple):
    """A listening TCP socket: where, whose, and what tells it from every other socket."""

    address: str
    port: int
    uid: int
    identity: str
    pid: int | None = None  # None: a process that this user may not look at


def listeners_of(pids: Iterable[int]) -> list[Listener]:
    """The listening sockets of some processes. One that several have is listed for each."""
    if sys.platform != "linux":
        return _by_psutil(pids)
    sockets = {listener.identity: listener for listener in all_listeners()}
    found = []
    for pid in pids:
        for identity in _descriptors(pid):
            if identity in sockets:
                found.append(sockets[identity]._replace(pid=pid))
    return found


def own_listener(port: int, groups: Iterable[list[int]]) -> str | None:
    """What tells the socket on a port from every other, if one of these processes has it.

    Quick, for who asks many times a second: a group is asked for only when the one before it does
    not have the socket, and none where no program of this user listens.
    """
    for file in TABLES if sys.platform == "linux" else ():
        found = {
            one.identity
            for one in _table(file)
            if one.port == port and one.uid == os.getuid() and one.address in REACHED_FROM_HERE
        }
        for pid in (pid for pids in groups for pid in pids) if found else ():
            if held := found & set(_descriptors(pid)):
                return held.pop()
    if sys.platform != "linux" and _answers(port):
        for one in (one for pids in groups for one in _by_psutil(pids)):
            if one.port == port and one.address in REACHED_FROM_HERE:
                return one.identity
    return None


def all_listeners() -> list[Listener]:
    """All listening sockets of this computer, without their processes. Linux only: else empty."""
    return [listener for file in TABLES for listener in _table(file)]


def _table(file: str) -> Iterator[Listener]:
    """The listening sockets of one family.

    They come first (tcp_get_idx in net/ipv4/tcp_ipv4.c of Linux), so that the thousands of
    connections behind them on a busy computer need not be read.
    """
    try:
        with open(f"/proc/net/{file}") as lines:
            next(lines, "")
            for line in lines:
                words = line.split()
                if words[3] == LISTEN:
                    address, _, port = words[1].partition(":")
                    yield Listener(
                        _address(address, TABLES[file]), int(port, 16), int(words[7]), words[9]
                    )
                elif words[3] != OPENING:
                    return
    except OSError:
        return  # no such family here, or no Linux


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(0.2)
        return connection.connect_ex(("127.0.0.1", port)) == 0


def listeners_on(port: int) -> list[Listener]:
    """The listening sockets on a port, with their processes where this user may see them."""
    found = [listener for listener in all_listeners() if listener.port == port]
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
    for listener in listeners_on(port):
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


# One small HTTP request, to a port on this machine or to a unix socket.
#
# `http.client` would do the same and costs 20 ms at import, as much as all the rest of `lab url`.


LARGEST_REPLY = 1 << 20  # bytes of an answer


class NoAnswer(Exception):
    """Nobody listens there, or what came back is not HTTP."""


class Slow(NoAnswer):
    """Somebody listens there, and does not answer in time."""


class Reply(NamedTuple):
    """What a server said."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, whose name is written in lower case."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.decode("latin-1").partition(":")
            if key.lower() == name:
                return value.strip()
        return None


def ask(port: int, path: str, host: str = "127.0.0.1", timeout: float = 2) -> Reply:
    """GET from 127.0.0.1, under any host name. There is no way to send a secret with it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        return _exchange(connection, ("127.0.0.1", port), f"GET {path}", host, timeout)


def ask_socket(address: Path, method: str, path: str, timeout: float | None = 2) -> Reply:
    """Ask whoever listens on a unix socket."""
    # A socket's address may have about 100 bytes, and a home folder's path can be longer than
    # that: so the address is relative, and the working folder is the socket's.
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)  # it may be a deleted one, without a name
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        os.chdir(address.parent)
        try:
            question = f"{method} {path}"
            return _exchange(connection, address.name, question, "127.0.0.1", timeout)
        finally:
            os.fchdir(before)
            os.close(before)


def _exchange(
    connection: socket.socket,
    address: str | tuple[str, int],
    question: str,
    host: str,
    timeout: float | None,
) -> Reply:
    connection.settimeout(timeout)
    try:
        connection.connect(address)
        # HTTP/1.0 has no chunks and no keep-alive: the answer ends where the connection ends.
        connection.sendall(f"{question} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = bytearray()
        while part := connection.recv(65536):
            answer += part
            if len(answer) > LARGEST_REPLY:
                break  # whoever it is: it does not fill our memory
        head, _, body = bytes(answer).partition(b"\r\n\r\n")
        return Reply(int(head.split(b" ", 2)[1]), head, body)
    except TimeoutError as error:
        raise Slow(str(error)) from None
    except (OSError, IndexError, ValueError) as error:
        raise NoAnswer(str(error)) from None


# The same ports for a project every time, and the next free one when another program has it.


FIRST, LAST = 12000, 28000
# Where the first of the reserving descriptors is: services are to close them (supervisor.py).
FIRST_DESCRIPTOR = 64


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


def remembered(project: Project) -> dict[str, int]:
    """The ports of the last start. Raises Problem when the file is not ours."""
    try:
        ports = json.loads(read_own(project.state / "ports.json") or "{}")
    except ValueError:
        return {}
    if not isinstance(ports, dict):
        return {}
    return {
        str(name): port
        for name, port in ports.items()
        if isinstance(port, int) and 0 < port < 65536
    }


def choose(project: Project, services: Iterable[str]) -> Chosen:
    """Give each service a free port, the one that it had before where possible, and note it.

    A port that somebody else has is never taken; who has it, and what is used instead, is said.
    """
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
    write(project.state / "ports.json", json.dumps(chosen.ports))
    return chosen


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
    raise Problem(f"No port between {FIRST} and {LAST} is free on this machine.", "lab doctor")
