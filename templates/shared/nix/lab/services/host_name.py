"""The project's own host name, NAME-RANDOM.localhost, which browsers take for this computer.

Cookies know no port: on 127.0.0.1 a browser sends JupyterLab's cookie to every other server, too.
A name that no other server has keeps the cookies of a project to the project. Servers still listen
on 127.0.0.1 only, and answer programs there.
"""

import base64
import os
import re
import socket
import sys
from pathlib import Path

from ..base.errors import Problem
from ..base.files import read_own, write
from ..base.project import Project

RANDOM_BYTES = 10  # 80 bits, 16 characters
NAME_LENGTH = 40  # a label of a host name has at most 63 characters
SHAPE = re.compile(r"[a-z0-9]([a-z0-9-]{0,60})\.localhost")


def _path(project: Project) -> Path:
    """The file that keeps the name."""
    return project.state / "host"


def read(project: Project) -> str | None:
    """The project's host name, or None when there is none yet.

    Raises Problem when the file is not ours or holds something else.
    """
    text = read_own(_path(project))
    if not text:
        return None
    if not SHAPE.fullmatch(text):
        raise Problem(f"{_path(project)} holds no host name of ours.", f'rm "{_path(project)}"')
    return text


def ensure(project: Project) -> str:
    """The project's host name; made when there is none."""
    name = read(project)
    if name is None:
        name = _made(project.name)
        write(_path(project), name)
    return name


def shown(project: Project) -> str:
    """The host that is written in addresses: the name, where the browser finds it.

    Chromium and Firefox know by themselves that names under .localhost are this computer. Safari
    asks macOS, and not every macOS knows it.
    """
    name = read(project)
    return name if name and (sys.platform != "darwin" or _is_loopback(name)) else "127.0.0.1"


def _made(project_name: str) -> str:
    readable = re.sub(r"[^a-z0-9]+", "-", project_name.lower()).strip("-")[:NAME_LENGTH].rstrip("-")
    random = base64.b32encode(os.urandom(RANDOM_BYTES)).decode().lower()
    return f"{readable or 'lab'}-{random}.localhost"


def _is_loopback(name: str) -> bool:
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
    except OSError:
        return False
    return bool(found) and found <= {"127.0.0.1", "::1"}
