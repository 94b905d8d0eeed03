"""The project's two secrets: made once, so that bookmarks and open pages keep working.

JupyterLab's token opens JupyterLab. The key opens the web services, which never learn the token.
"""

import os
import re
from pathlib import Path

from ..base.errors import Problem
from ..base.files import read_own, write
from ..base.project import Project

TOKEN = "token"
KEY = "key"
SHAPES = {
    # A token may be one of the user's own; short ones can be guessed.
    TOKEN: re.compile(r"[A-Za-z0-9_-]{32,128}"),
    KEY: re.compile(r"[0-9a-f]{32,128}"),
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


def ensure(project: Project) -> None:
    """Make the secrets that are missing, and correct a file that someone edited."""
    for secret in SHAPES:
        value = read(project, secret) or os.urandom(24).hex()
        write(path(project, secret), value)
