"""Leads a browser to an address with a secret in it, once, and only a browser of the same user.

A browser is started with an address on its command line, which everybody on this computer can
read. So it gets the address of this little server, with a code that is good for one time. Whose
the connection is says the system, not the browser.
"""

import hmac
import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 60
MAX_REQUEST_BYTES = 65536
ESTABLISHED, LISTENING = "01", "0A"  # in /proc/net/tcp
PAGE = (
    "HTTP/1.1 {status}\r\n{location}Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class Redirect:
    """Serves until the address was given out, or for a minute."""

    def __init__(self, address: str, users: set[int]) -> None:
        self._address = address
        self._users = users
        self._code = secrets.token_urlsafe(24)
        self._once = threading.Lock()
        self._given = threading.Event()

    def serve(self) -> None:
        """Announce port and code, and wait for the browser."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            print(server.getsockname()[1], self._code, flush=True)
            os.close(1)
            threading.Thread(target=self._accept, args=(server,), daemon=True).start()
            self._given.wait(TIMEOUT_SECONDS)

    def _accept(self, server: socket.socket) -> None:
        while True:
            connection, (_, peer) = server.accept()
            # A browser opens connections ahead, on which it says nothing: each in its own thread.
            port = server.getsockname()[1]
            threading.Thread(
                target=self._answer, args=(connection, peer, port), daemon=True
            ).start()

    def _answer(self, connection: socket.socket, peer: int, port: int) -> None:
        with connection:
            connection.settimeout(TIMEOUT_SECONDS)
            try:
                if _user_of(peer, port) not in self._users:
                    return
                method, path, _ = _request(connection).split(b" ", 2)
                right = hmac.compare_digest(path, b"/" + self._code.encode())
                if (
                    method != b"GET"
                    or not right
                    or not _listens(urlsplit(self._address).port)
                    or not self._once.acquire(blocking=False)
                ):
                    connection.sendall(PAGE.format(status="403 Forbidden", location="").encode())
                    return
                location = f"Location: {self._address}\r\n"
                connection.sendall(PAGE.format(status="303 See Other", location=location).encode())
                self._given.set()
            except (OSError, ValueError):
                pass  # it has gone, or speaks no HTTP


def _request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request and len(request) < MAX_REQUEST_BYTES:
        part = connection.recv(MAX_REQUEST_BYTES)
        if not part:
            break
        request += part
    return request


class Socket(NamedTuple):
    """A TCP socket of this computer: its two ports, and whose it is."""

    here: int
    there: int
    listens: bool
    user: int


def _user_of(peer: int, port: int) -> int | None:
    """The user whose connection comes from a port of this computer to ours."""
    ends = (peer, port)
    return next((one.user for one in _sockets() if (one.here, one.there) == ends), None)


def _listens(port: int | None) -> bool:
    """Whether the one who listens on a port is this user: another may have it by now."""
    return {one.user for one in _sockets() if one.listens and one.here == port} == {os.getuid()}


def _sockets() -> Iterator[Socket]:
    """Those that listen or are connected; elsewhere than on Linux one sees one's own alone."""
    if sys.platform != "linux":
        yield from _own_by_psutil()
        return
    for file in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{file}").read_text().splitlines()[1:]
        except OSError:
            continue
        for words in map(str.split, lines):
            if words[3] in (ESTABLISHED, LISTENING):
                here, there = (int(words[end].rpartition(":")[2], 16) for end in (1, 2))
                yield Socket(here, there, words[3] == LISTENING, int(words[7]))


def _own_by_psutil() -> Iterator[Socket]:
    import psutil

    for process in psutil.process_iter():
        try:
            if process.uids().real != os.getuid():
                continue
            for one in process.net_connections("tcp"):
                there = one.raddr.port if one.raddr else 0
                listens = one.status == psutil.CONN_LISTEN
                yield Socket(one.laddr.port, there, listens, os.getuid())
        except psutil.Error:
            continue


def lead() -> None:
    """Serve an address, which comes on standard input, to the users that the arguments name.

    The port and the code go to standard output.
    """
    Redirect(sys.stdin.readline().strip(), {int(user) for user in sys.argv[1:]}).serve()
