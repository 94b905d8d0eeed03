"""The stamp of a .venv: who has made it, and for which key; and what is there while it is made.

A stamp can come with a clone, and .venv with it. So it repeats a random number that is in the
state directory, outside of the project.
"""

import os
import shutil
from pathlib import Path

from ..base.files import rename, write
from ..base.project import Project

STAMP = ".nix-jupyter-key"
PREVIOUS = ".venv.previous"  # the last good one, until the one that is being made is good
# In the state directory, where no clone brings anything:
PROOF = "venv-proof"  # what the stamp of a .venv that was made here repeats
MAKING = "venv-making"  # there while .venv is being made, or after that was cut short


def read(project: Project, venv: Path) -> str:
    """The key that .venv was made for; empty where we did not make it here."""
    try:
        key, proof = (venv / STAMP).read_text(encoding="utf-8").split()
        known = (project.state / PROOF).read_text(encoding="utf-8").strip()
        mine = venv.lstat().st_uid == os.getuid() and not venv.is_symlink()
    except (OSError, ValueError):
        return ""
    return key if mine and proof == known else ""


def put(project: Project, venv: Path, key: str) -> None:
    """Say that .venv is whole, and what it was made for."""
    proof = os.urandom(16).hex()
    write(project.state / PROOF, proof)
    write(venv / STAMP, f"{key}\n{proof}\n")


def finish(venv: Path) -> None:
    """The new .venv has its stamp: the one before is not needed any more."""
    shutil.rmtree(venv.with_name(PREVIOUS), ignore_errors=True)


def put_back(venv: Path) -> bool:
    """The one before has its place again, unless the new one has its stamp. Always True."""
    if (venv / STAMP).exists():
        finish(venv)
        return True
    if venv.exists():
        shutil.rmtree(venv)
    if (previous := venv.with_name(PREVIOUS)).is_dir():
        rename(previous, venv)
    return True


def made_here(project: Project) -> bool:
    """Is there a .venv that `lab` has made, on this computer?"""
    return bool(read(project, project.root / ".venv"))


def of_ours(project: Project) -> bool:
    """As made_here, and also of what is there after a filling that has failed."""
    return made_here(project) or (project.state / MAKING).exists()
