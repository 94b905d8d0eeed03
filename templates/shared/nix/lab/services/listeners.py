"""Who listens on which TCP port of this computer, as the system says it.

A server is known by its process and its socket, never by what it answers: anybody can answer.
"""

import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

TABLES = {socket.AF_INET: "tcp", socket.AF_INET6: "tcp6"}  # in /proc/net
LISTEN = "0A"  # the state of a listening socket there
OPENING = "03"  # of a connection that begins: before Linux 4.4 it stands behind its listener
# From linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
SOCK_DIAG, SOCK_DIAG_BY_FAMILY, REQUEST_DUMP, DONE = 4, 20, 0x301, 3
# A server that listens on all addresses is reached, too; checks/audit.py says what is wrong there.
REACHED_FROM_HERE = ("127.0.0.1", "0.0.0.0", "::")


class Listener(NamedTuple):
    """A listening TCP socket: where, whose, and what tells it from every other socket."""

    address: str
    port: int
    uid: int
    identity: str
    pid: int | None = None  # None: a process that this user may not look at


def of_processes(pids: Iterable[int]) -> list[Listener]:
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
    for family in TABLES if sys.platform == "linux" else ():
        found = {
            one.identity
            for one in _of_family(family)
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
    return [listener for family in TABLES for listener in _of_family(family)]


def _of_family(family: socket.AddressFamily) -> list[Listener]:
    """What Linux answers, or where it does not answer such questions, what its table says."""
    try:
        return list(_answered(family))
    except (AttributeError, OSError):
        return list(_table(family))


def _answered(family: socket.AddressFamily) -> Iterator[Listener]:
    """Asks for nothing but listeners: takes 0.03 ms, and to read the table up to 4.

    OSError where the system does not know the question, AttributeError where it is no Linux.
    """
    listen = 1 << int(LISTEN, 16)
    question = (72, SOCK_DIAG_BY_FAMILY, REQUEST_DUMP, 0, 0, family, socket.IPPROTO_TCP, 0, listen)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as system:
        system.send(struct.pack("=IHHIIBBBxI48x", *question))
        while True:
            part = system.recv(1 << 16)
            while part:
                length, kind = struct.unpack_from("=IH", part)
                if kind == DONE:
                    return
                if kind != SOCK_DIAG_BY_FAMILY:
                    raise OSError("this system does not say who listens")
                port, address = struct.unpack_from(">H2x16s", part, 20)
                uid, inode = struct.unpack_from("=II", part, 80)
                size = 4 if family == socket.AF_INET else 16
                yield Listener(socket.inet_ntop(family, address[:size]), port, uid, str(inode))
                part = part[(length + 3) & ~3 :]


def _table(family: socket.AddressFamily) -> Iterator[Listener]:
    """The listening sockets of one family.

    They come first (tcp_get_idx in net/ipv4/tcp_ipv4.c of Linux), so that the thousands of
    connections behind them on a busy computer need not be read.
    """
    try:
        with open(f"/proc/net/{TABLES[family]}") as lines:
            next(lines, "")
            for line in lines:
                words = line.split()
                if words[3] == LISTEN:
                    address, _, port = words[1].partition(":")
                    yield Listener(
                        _address(address, family), int(port, 16), int(words[7]), words[9]
                    )
                elif words[3] != OPENING:
                    return
    except OSError:
        return  # no such family here, or no Linux


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(0.2)
        return connection.connect_ex(("127.0.0.1", port)) == 0


def on_port(port: int) -> list[Listener]:
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
    for listener in on_port(port):
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
    directory = f"/proc/{pid}/fd"
    found = []
    try:
        for name in os.listdir(directory):
            link = os.readlink(f"{directory}/{name}")
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
