"""One small HTTP request, to a port on this machine or to a unix socket.

`http.client` would do the same and costs 20 ms at import, as much as all the rest of `lab url`.
"""

import os
import socket
from pathlib import Path
from typing import NamedTuple

MAX_REPLY_BYTES = 1 << 20


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


def ask(port: int, path: str, host: str = "127.0.0.1", timeout_seconds: float = 2) -> Reply:
    """GET from 127.0.0.1, under any host name. There is no way to send a secret with it.

    Raises NoAnswer, and Slow when nothing comes for `timeout_seconds`.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        return _exchange(connection, ("127.0.0.1", port), f"GET {path}", host, timeout_seconds)


def ask_socket(address: Path, method: str, path: str, timeout_seconds: float | None = 2) -> Reply:
    """Ask whoever listens on a unix socket. Raises as above; None waits for ever."""
    # A socket's address may have about 100 bytes, and a home directory's path can be longer than
    # that: so the address is relative, and the working directory is the socket's.
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)  # it may be a deleted one, without a name
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        os.chdir(address.parent)
        try:
            question = f"{method} {path}"
            return _exchange(connection, address.name, question, "127.0.0.1", timeout_seconds)
        finally:
            os.fchdir(before)
            os.close(before)


def _exchange(
    connection: socket.socket,
    address: str | tuple[str, int],
    question: str,
    host: str,
    timeout_seconds: float | None,
) -> Reply:
    connection.settimeout(timeout_seconds)
    try:
        connection.connect(address)
        # HTTP/1.0 has no chunks and no keep-alive: the answer ends where the connection ends.
        connection.sendall(f"{question} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = bytearray()
        while part := connection.recv(65536):
            answer += part
            if len(answer) > MAX_REPLY_BYTES:
                break  # whoever it is: it does not fill our memory
        head, _, body = bytes(answer).partition(b"\r\n\r\n")
        return Reply(int(head.split(b" ", 2)[1]), head, body)
    except TimeoutError as error:
        raise Slow(str(error)) from None
    except (OSError, IndexError, ValueError) as error:
        raise NoAnswer(str(error)) from None
