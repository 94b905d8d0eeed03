"""A second user of this computer, who takes ports and writes down what he is told."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from driver import wait_for

# Answers everything with 200, as one would who wants to be taken for a server.
LISTEN = """
import os, socket, sys
os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
host, port = sys.argv[2], int(sys.argv[3])
server = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((host, port))
server.listen()
print("listening", flush=True)
while True:
    connection, _ = server.accept()
    connection.settimeout(2)
    try:
        print(repr(connection.recv(65536)), flush=True)
        connection.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Type: application/json\\r\\n\\r\\n{}")
    except OSError:
        pass
    connection.close()
"""
NOBODY = pwd.getpwnam("nobody").pw_uid

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")


@contextmanager
def listening(port: int, directory: Path, host: str = "127.0.0.1") -> Iterator[Path]:
    """A stranger who has a port while the block runs; the file has all that he was told."""
    heard = directory / f"heard-{port}"
    with open(heard, "w") as output:
        command = [sys.executable, "-c", LISTEN, str(NOBODY), host, str(port)]
        stranger = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: "listening" in heard.read_text(), "the stranger to listen")
        yield heard
    finally:
        stranger.kill()
        stranger.wait()


def try_to_bind(host: str, port: int) -> str:
    """What a stranger hears who wants a port for himself: "" when he gets it."""
    code = LISTEN.partition("server.listen()")[0]
    command = [sys.executable, "-c", code, str(NOBODY), host, str(port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip().rpartition("\n")[2]
