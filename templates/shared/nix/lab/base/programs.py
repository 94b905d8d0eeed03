"""What git says of the project, and how Nix is called."""

import shutil
import subprocess

from .project import Project, inherited

NIX = ("nix", "--extra-experimental-features", "nix-command flakes")


def git(project: Project, *arguments: str) -> str | None:
    """What git prints in the project's directory; None where it fails, or is not installed."""
    program = shutil.which("git")
    if not program:
        return None
    done = subprocess.run(
        [program, *arguments],
        cwd=project.root,
        env=inherited(),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )
    return done.stdout if done.returncode == 0 else None
