"""Are the project's files where Nix and git see them, and its secrets where nobody else does?"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator

import secret
from checks import Finding, good
from files import exposed
from project import Project

GIBIBYTE = 1 << 30


def state_folder(project: Project) -> Iterator[Finding]:
    """Can only this user read the token, and can the folder be written to?"""
    folder = project.state
    if folder.stat().st_uid != os.getuid():
        message = f"{folder}, with the token and the logs, belongs to another user."
        yield Finding("state", message, f'sudo chown -R "$(id -un)" {shlex.quote(str(folder))}')
    elif not os.access(folder, os.W_OK | os.X_OK):
        message = f"{folder} cannot be written to."
        yield Finding("state", message, f"chmod 700 {shlex.quote(str(folder))}")
    elif secret.path(project).exists() and secret.path(project).stat().st_mode & 0o077:
        message = f"Other users may read {secret.path(project)}."
        fix = f"chmod 600 {shlex.quote(str(secret.path(project)))}"
        yield Finding("state", message, fix)
    else:
        yield good("state", f"{folder} is yours alone.")


def disk(project: Project) -> Iterator[Finding]:
    """Is there room to work?"""
    for folder in (project.root, project.state):
        free = shutil.disk_usage(folder).free
        if free < GIBIBYTE:
            message = f"Only {free >> 20} MiB are free where {folder} is."
            yield Finding("disk", message, "nix-collect-garbage --delete-older-than 30d")
        else:
            yield good("disk", f"{free >> 30} GiB are free where {folder} is.")


def git(project: Project) -> Iterator[Finding]:
    """Does Nix see every file that it needs? In a git repository it sees the tracked ones only."""
    if _git(project, "rev-parse", "--show-toplevel") is None:
        yield good("git", f"{project.root} is in no git repository that git would work with.")
        return
    needed = ("*.nix", "flake.lock", "nix", "requirements.in", ".nix-jupyter.json")
    unseen = _git(project, "ls-files", "--others", "--exclude-standard", "-z", "--", *needed) or ""
    names = [name for name in unseen.split("\0") if name and name != "local.nix"]
    for name in names:
        message = f"Nix does not see {name}, because git does not track it."
        yield Finding("git", message, f"git add {shlex.quote(name)}")
    if not names:
        yield good("git", "git tracks every file that Nix needs.")


def local_nix(project: Project) -> Iterator[Finding]:
    """This machine's own choices should not reach other machines."""
    if not (project.root / "local.nix").exists():
        return
    if _git(project, "rev-parse", "--show-toplevel") is None:
        return
    if _git(project, "check-ignore", "-q", "local.nix") is None:
        message = "git does not ignore local.nix, which is about this machine only."
        yield Finding("local.nix", message, "echo local.nix >> .gitignore")
    else:
        yield good("local.nix", "local.nix is this machine's own. ./start and direnv read it.")


def dotenv(project: Project) -> Iterator[Finding]:
    """What is in .env are secrets of this user's."""
    file = project.root / ".env"
    if exposed(file):
        yield Finding(
            ".env", f"Other users can read {file}.", f"chmod 600 {shlex.quote(str(file))}"
        )
    elif file.exists():
        yield good(".env", f"{file} is yours alone.")


def direnv(project: Project) -> Iterator[Finding]:
    """A hint, for those who have it."""
    if not shutil.which("direnv") or not (project.root / ".envrc").exists():
        return
    if os.environ.get("DIRENV_DIR", "").lstrip("-") == str(project.root):
        yield good("direnv", "direnv enters the environment by itself.")
    else:
        yield good("direnv", "To enter the environment with every `cd`, type once: direnv allow")


def _git(project: Project, *arguments: str) -> str | None:
    """Run git in the project's folder: its output, or None when it fails or is not there."""
    program = shutil.which("git")
    if not program:
        return None
    command = [program, *arguments]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


CHECKS = [state_folder, disk, git, local_nix, dotenv, direnv]
