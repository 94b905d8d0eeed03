"""The project's secrets and its host name: made once, so that bookmarks keep working.

JupyterLab's token opens JupyterLab. The key opens the web services, which never learn the token.
"""

import base64
import os
import re
import socket
import sys
from pathlib import Path

from ..base.files import read_own, write
from ..base.project import Project
from ..base.terminal import Problem

TOKEN = "token"
KEY = "key"
OF_A_RUN = (TOKEN, KEY)
SEED = "secret"  # of the tokens and keys on other computers
SHAPES = {
    # A token may be one of the user's own; short ones can be guessed.
    TOKEN: re.compile(r"[A-Za-z0-9_-]{32,128}"),
    KEY: re.compile(r"[0-9a-f]{32,128}"),
    SEED: re.compile(r"[0-9a-f]{32,128}"),
}


def path(project: Project, secret: str = TOKEN) -> Path:
    """The file of a secret. It has no newline: Jupyter strips none."""
    return project.state / secret


def read(project: Project, secret: str = TOKEN) -> str | None:
    """A secret, or None when there is none yet.

    Raises Problem when the file is not ours, or holds what cannot be the secret.
    """
    file = path(project, secret)
    text = (read_own(file) or "").strip()
    if text and not SHAPES[secret].fullmatch(text):
        message = f"{file} does not hold a {secret} (at least 32 letters and digits)."
        raise Problem(message, f'rm "{file}"')
    return text or None


def required(project: Project, secret: str = TOKEN) -> str:
    """A secret of a project that runs. Raises Problem when its file was removed, and as read."""
    value = read(project, secret)
    if value is None:
        message = f"{path(project, secret)}, which {project.name} was started with, is missing."
        raise Problem(message, "lab start --again")
    return value


def ensure(project: Project) -> None:
    """Make the secrets that are missing, and correct a file that someone edited. Raises as read."""
    for secret in OF_A_RUN:
        _ensure(project, secret)


def _ensure(project: Project, secret: str) -> str:
    value = read(project, secret) or os.urandom(24).hex()
    write(path(project, secret), value)
    return value


def elsewhere(project: Project, host: str) -> dict[str, str]:
    """By the names of their files, the secrets and the host name that it has on another computer.

    The same at every start there. No computer learns those of another, or of this one: who looks
    after it could open the project there, too.
    """
    secrets = {name: derived(project, host, name)[:24].hex() for name in OF_A_RUN}
    name = _named(project.name, derived(project, host, HOST_NAME)[:RANDOM_BYTES])
    return {**secrets, HOST_NAME: name}


def derived(project: Project, host: str, name: str) -> bytes:
    """What is always the same for a project on a host, and known here alone. Raises as read."""
    import hmac

    return hmac.digest(_ensure(project, SEED).encode(), f"{name} {host}".encode(), "sha256")


# The project's own host name, NAME-RANDOM.localhost, which browsers take for this computer.
#
# Cookies know no port: on 127.0.0.1 a browser sends JupyterLab's cookie to every other server, too.
# A name that no other server has keeps the cookies of a project to the project. Servers still
# listen on 127.0.0.1 only, and answer programs there.


HOST_NAME = "host"
RANDOM_BYTES = 10  # 80 bits, 16 characters
NAME_LENGTH = 40  # a label of a host name has at most 63 characters
HOST_SHAPE = re.compile(r"[a-z0-9]([a-z0-9-]{0,60})\.localhost")


def _host_path(project: Project) -> Path:
    """The file that keeps the name."""
    return project.state / HOST_NAME


def read_host(project: Project) -> str | None:
    """The project's host name, or None when there is none yet.

    Raises Problem when the file is not ours or holds something else.
    """
    text = read_own(_host_path(project))
    if not text:
        return None
    if not HOST_SHAPE.fullmatch(text):
        raise Problem(
            f"{_host_path(project)} does not hold a host name that lab wrote.",
            f'rm "{_host_path(project)}"',
        )
    return text


def ensure_host(project: Project) -> str:
    """The project's host name; made when there is none. Raises as read_host."""
    name = read_host(project)
    if name is None:
        name = _named(project.name, os.urandom(RANDOM_BYTES))
        write(_host_path(project), name)
    return name


def shown_host(project: Project) -> str:
    """The host that is written in addresses: the name, where the browser finds it.

    Chromium and Firefox know by themselves that names under .localhost are this computer. Safari
    asks macOS, and not every macOS knows it.
    """
    name = read_host(project)
    return name if name and (sys.platform != "darwin" or _is_loopback(name)) else "127.0.0.1"


def _named(project_name: str, random: bytes) -> str:
    readable = re.sub(r"[^a-z0-9]+", "-", project_name.lower()).strip("-")[:NAME_LENGTH].rstrip("-")
    return f"{readable or 'lab'}-{base64.b32encode(random).decode().lower()}.localhost"


def _is_loopback(name: str) -> bool:
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
    except OSError:
        return False
    return bool(found) and found <= {"127.0.0.1", "::1"}
