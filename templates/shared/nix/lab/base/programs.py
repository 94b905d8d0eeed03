"""What git says of the project, and how Nix is called."""

import subprocess

from .project import Project, inherited

NIX = ("nix", "--extra-experimental-features", "nix-command flakes")


def git(project: Project, *arguments: str) -> str | None:
    """What git prints in the project's folder; None where it fails, or is not there."""
    command = ["git", *arguments]
    done = subprocess.run(
        command,
        cwd=project.root,
        env=inherited(),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )
    return done.stdout if done.returncode == 0 else None
