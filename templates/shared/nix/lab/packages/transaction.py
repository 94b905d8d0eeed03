"""All or nothing: what describes the packages is as before unless everything has succeeded."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..base.errors import Problem
from ..base.project import Project
from . import locks
from .backends import installer

FILES = ("flake.nix", "requirements.in", "requirements.txt", "pyproject.toml", "uv.lock")


@contextmanager
def all_or_nothing(project: Project) -> Iterator[None]:
    """Give the files back, byte for byte, when the block ends with any exception.

    A Problem then says so, too.
    """
    files = [project.root / name for name in FILES]
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        yield
    except BaseException as error:
        for file, content in before.items():
            _restore(file, content)
        announce(project)
        if isinstance(error, Problem):
            message = f"{error.message}\nEvery file is as before."
            fix = "choose another package or version, and type the command again"
            if isinstance(error, installer.NoPackage):
                fix = error.fix
            raise Problem(message, fix) from None
        raise


def announce(project: Project) -> None:
    """Let activate.sh look at the files as they are now: the key of .venv, and the kernel."""
    os.environ["NIX_JUPYTER_VENV_KEY"] = locks.key_after_update(project)


def _restore(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    elif not file.exists() or file.read_bytes() != content:
        file.write_bytes(content)
