"""All or nothing: what describes the packages is as before unless everything has succeeded."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment import locks
from files import rename
from problem import Problem
from project import Project

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
            raise Problem(message, fix) from None
        raise


def write(file: Path, text: str) -> None:
    """Write a file of the project whole or not at all; its mode, and a link to it, stay."""
    target = Path(os.path.realpath(file))
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as new:
            new.write(text)
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        rename(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def announce(project: Project) -> None:
    """Let activate.sh look at the files as they are now: the key of .venv, and the kernel."""
    os.environ["NIX_JUPYTER_VENV_KEY"] = locks.key_after_update(project)


def _restore(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    elif not file.exists() or file.read_bytes() != content:
        file.write_bytes(content)
