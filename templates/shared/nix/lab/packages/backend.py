"""The two kinds of .venv: pip fills it from requirements.txt, uv from uv.lock. One interface."""

from pathlib import Path
from typing import Protocol

from ..base.project import Project
from ..base.terminal import Progress
from .pip import Pip
from .uv import Uv


class Backend(Protocol):
    """What differs between the two."""

    asked: str  # the file in which people write names
    lock: str  # the file that says which versions those are
    has_jupyterlab: bool  # whether JupyterLab is in .venv, and not in the environment of Nix

    def fill(self, project: Project, venv: Path, progress: Progress) -> None:
        """Make .venv what the lock says. Raises Problem."""

    def recover(self, venv: Path) -> bool:
        """After a filling that was cut short: is .venv as good as it was before, or as none?"""

    def fill_from_lock(self, project: Project, venv: Path, progress: Progress) -> bool:
        """Fill .venv from the lock, whatever is asked for since. False where that cannot be."""

    def lock_command(self, project: Project) -> list[str]:
        """The command that writes the lock. Raises Problem where there is nothing to lock."""

    def differences(self, project: Project) -> tuple[list[str], list[str]]:
        """What is asked for and not locked, and what is locked and no longer asked for.

        Raises Problem for what can never be in the lock.
        """

    def exported(self, project: Project) -> str:
        """The lock as a requirements file, with hashes. Raises Problem where it has none."""

    def download(self, project: Project, directory: Path, progress: Progress) -> None:
        """Download all that `fill` needs into a directory. Raises Problem."""

    def recorded(self, project: Project) -> set[str]:
        """The canonical names of the packages that the project's files list."""


def backend_of(project: Project) -> Backend:
    """The one that flake.nix asks for."""
    return Uv() if project.facts["venv"] == "uv" else Pip()
