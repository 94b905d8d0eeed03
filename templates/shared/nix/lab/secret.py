"""JupyterLab's token: made once per project, so that bookmarks and open pages keep working."""

import os
from pathlib import Path

from files import write
from project import Project


def path(project: Project) -> Path:
    """The file that JupyterLab reads the token from. It has no newline: Jupyter strips none."""
    return project.state / "token"


def read(project: Project) -> str | None:
    """The token, or None when there is none yet."""
    try:
        return path(project).read_text().strip() or None
    except FileNotFoundError:
        return None


def ensure(project: Project) -> str:
    """The token; made when there is none, and put right when someone edited the file."""
    token = read(project) or os.urandom(24).hex()
    write(path(project), token)
    return token
