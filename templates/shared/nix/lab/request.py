"""One small HTTP request, to a port on this machine or to a unix socket.

`http.client` would do the same and costs 20 ms at import, as much as all the rest of `lab url`.
"""

import os
import socket
from pathlib import Path


class NoAnswer(Exception):
    """Nobody listens there, or what came back is not HTTP."""


def tcp(port: int, path: str, token: str | None = None, timeout: float = 2) -> tuple[int, bytes]:
    """GET from 127.0.0.1, with JupyterLab's token if given: status code and body."""
    authorization = f"Authorization: token {token}\r\n" if token else ""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        return _exchange(connection, ("127.0.0.1", port), "GET", path, authorization, timeout)


def listens(port: int) -> bool:
    """Does anybody listen on this port of 127.0.0.1?"""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        return connection.connect_ex(("127.0.0.1", port)) == 0


def unix(address: Path, method: str, path: str, timeout: float | None = 2) -> tuple[int, bytes]:
    """Ask whoever listens on a unix socket: status code and body."""
    # A socket's address may have about 100 bytes, and a home folder's path can be longer than
    # that: so the address is relative, and the working folder is the socket's.
    before = os.getcwd()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        os.chdir(address.parent)
        try:
            return _exchange(connection, address.name, method, path, "", timeout)
        finally:
            os.chdir(before)


def _exchange(
    connection: socket.socket,
    address: str | tuple[str, int],
    method: str,
    path: str,
    headers: str,
    timeout: float | None,
) -> tuple[int, bytes]:
    connection.settimeout(timeout)
    try:
        connection.connect(address)
        # HTTP/1.0 has no chunks and no keep-alive: the answer ends where the connection ends.
        request = f"{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n{headers}\r\n"
        connection.sendall(request.encode())
        answer = bytearray()
        while part := connection.recv(65536):
            answer += part
        head, _, body = bytes(answer).partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), body
    except (OSError, IndexError, ValueError) as error:
        raise NoAnswer(str(error)) from None
