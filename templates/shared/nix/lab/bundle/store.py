"""The programs of the project: built from what is committed, and copied out of the Nix store."""

import subprocess
import tempfile
from pathlib import Path

from ..base.errors import Problem
from ..base.project import Project
from ..base.terminal import Progress
from ..base.variables import inherited
from .archive import OURS
from .programs import NIX, run


def build(project: Project, root: Path, staging: Path, progress: Progress) -> dict[str, Path]:
    """What `lab` is in each shell that a receiver may enter, by the shell's name."""
    shells = ["default", *(["cuda"] if project.facts["compute"] == "cuda" else [])]
    built = {}
    for shell in shells:
        progress.show("Asking Nix for the programs")
        name = f".#devShells.{project.facts['system']}.{shell}.lab"
        link = staging / f"shell-{shell}"  # keeps it from garbage collection until we are done
        what = f"What is committed of {project.name} does not work by itself"
        run([*NIX, "build", "--out-link", str(link), name], root, what, "git status")
        built[shell] = link.resolve()
    return built


def copy_store(staging: Path, built: dict[str, Path], progress: Progress) -> None:
    """Copy the programs, and all that they need, into a binary cache in the staging folder.

    Raises Problem where one is not as it was built.
    """
    paths = [str(path) for path in built.values()]
    progress.show("Checking the programs")
    # Who could write into the store may have; the other computer would refuse that.
    command = [*NIX, "store", "verify", "--no-trust", "--recursive", *paths]
    done = subprocess.run(command, env=inherited(), capture_output=True, text=True, check=False)
    if done.returncode:
        wrong = next((word for word in done.stderr.split("'") if word.startswith("/nix/")), "")
        message = f"A program in the Nix store is not what it was when it came there: {wrong}."
        raise Problem(message, f"sudo nix-store --repair-path {wrong}")
    progress.show("Copying the programs")
    (staging / OURS / "store").mkdir()
    with tempfile.TemporaryDirectory() as folder:
        # Each Nix reads other characters of an address in its own way. This name has none.
        link = Path(folder, "store")
        link.symlink_to(staging / OURS / "store")
        to = f"file://{link}?compression=zstd"
        run([*NIX, "copy", "--to", to, *paths], staging, "Nix could not copy the programs")
