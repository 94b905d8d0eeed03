"""Are the project's files where Nix and git see them, and its secrets where nobody else does?"""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..base import browser
from ..base.called import script
from ..base.files import exposed
from ..base.programs import git as run_git
from ..base.project import Project
from ..base.terminal import explain_disk, full, has_room
from ..services import secret, sockets
from .findings import Finding, line, quoted

GIBIBYTE = 1 << 30
STORE = Path("/nix/store")
# What Nix needs, and what others need for the same packages.
NEEDED = ("*.nix", "flake.lock", "nix", "requirements.in", ".nix-jupyter.json")
LOCKED = ("requirements.txt", "pyproject.toml", "uv.lock")
# None of these is ignored on purpose: some people ignore *.lock or lib in all of their projects.
ALWAYS = (
    *("flake.nix", "flake.lock", "requirements.in", ".nix-jupyter.json"),
    *(f"nix/*.{kind}" for kind in ("awk", "json", "nix", "py", "sh")),
)
NOT_IGNORED = "--exclude-standard"
NOT_IGNORED_BY_THE_PROJECT = "--exclude-per-directory=.gitignore"


def flake(project: Project) -> Iterator[Finding]:
    """Can Nix read the project, and its user work in it? What is wrong, ./start says the same."""
    if not (project.root / "nix" / "enter.sh").is_file():
        return  # a project of lab alone, as in its tests
    if not shutil.which("nix"):
        yield line("nix-missing")
        return
    start = script("start")
    # As ./start looks at it.
    look = (
        '. nix/enter.sh && nix_jupyter_check_path && nix_jupyter_say_whether_writable "$PWD"'
        " && nix_jupyter_check_lock"
        ' && shell=$(nix_jupyter_choose_shell) && nix_jupyter_check "$shell" "$0"'
    )
    done = subprocess.run(
        ["sh", "-c", look, start], cwd=project.root, capture_output=True, text=True, check=False
    )
    said = done.stderr if done.returncode and not done.stdout else done.stdout
    message, found, fix = said.partition("\n  Next: ")
    if found:
        why = message.replace("\n", "\n         ")
        yield line("project-unreadable", why=why, fix=fix.strip())
    elif done.returncode:
        why = f"Nix cannot read the project: {done.stderr.strip()}"
        yield line("project-unreadable", why=why, fix=start)
    else:
        yield line("flake")


def scripts(project: Project) -> Iterator[Finding]:
    """Can they be typed as all guides have them? A download may have taken the executable bits."""
    for name in ("start", "stop", "lab"):
        file = project.root / name
        if file.is_file() and not os.access(file, os.X_OK):
            # With the bits, its disk is mounted with noexec.
            how = "sh" if file.stat().st_mode & 0o111 else "chmod +x"
            yield line("not-executable", file=file, how=how, quoted=quoted(file))


def git(project: Project) -> Iterator[Finding]:
    """Does Nix see every file that it needs? In a git repository it sees the tracked ones only."""
    if run_git(project, "rev-parse", "--show-toplevel") is None:
        yield line("tracking-none", project=project.root)
        return
    needed = {*_untracked(project, NOT_IGNORED, "--", *NEEDED), *_untracked(project, "--", *ALWAYS)}
    untracked = {
        "git-untracked": sorted(needed - {"local.nix"}),
        "lock-untracked": _untracked(project, NOT_IGNORED_BY_THE_PROJECT, "--", *LOCKED),
    }
    for name, files in untracked.items():
        if files:
            slots = {"files": ", ".join(files), "quoted": shlex.join(files)}
            them = "them" if files[1:] else "it"
            yield line(name, them=them, project=quoted(project.root), **slots)
    if not any(untracked.values()):
        yield line("tracking")


def _untracked(project: Project, *which: str) -> list[str]:
    found = run_git(project, "ls-files", "--others", "-z", *which)
    return [name for name in (found or "").split("\0") if name]


def state_directory(project: Project) -> Iterator[Finding]:
    """Can only this user read the token, and can the directory be written to?"""
    directory, token = project.state, secret.path(project)
    try:
        tempfile.TemporaryFile(dir=directory).close()
    except OSError as error:
        if found := explain_disk(error):
            raise found from None
        yield line("state-locked", directory=directory, quoted=quoted(directory))
        return
    if token.exists() and token.stat().st_mode & 0o077:
        yield line("token-exposed", file=token, quoted=quoted(token))
    else:
        yield line("state", directory=directory)


def disk(project: Project) -> Iterator[Finding]:
    """Is there room to work?"""
    for directory in (project.root, project.state, STORE):
        if not directory.exists():
            continue
        free = shutil.disk_usage(directory).free
        slots = {"directory": directory, "quoted": quoted(directory), "needed": "1 GiB"}
        if free >= GIBIBYTE and not has_room(directory):
            raise full(directory, "nothing more can be written there")
        if free >= GIBIBYTE:
            yield line("disk", free=f"{free >> 30} GiB", **slots)
        else:
            name = "disk-store" if directory == STORE else "disk-project"
            yield line(name, free=f"{free >> 20} MiB", **slots)
    # Of the user's own directory in memory, little is enough.
    if (place := sockets.find(project)) and not has_room(place):
        free = f"{shutil.disk_usage(place).free >> 20} MiB"
        yield line("disk-project", free=free, directory=place, quoted=quoted(place))


def local_nix(project: Project) -> Iterator[Finding]:
    """This machine's own choices should not reach other machines."""
    if not (project.root / "local.nix").exists():
        return
    if run_git(project, "rev-parse", "--show-toplevel") is None:
        return
    if run_git(project, "check-ignore", "-q", "local.nix") is None:
        yield line("local-nix-shared", project=quoted(project.root))
    else:
        yield line("local-nix")


def dotenv(project: Project) -> Iterator[Finding]:
    """What is in .env are secrets of this user's."""
    file = project.root / ".env"
    if exposed(file):
        yield line("dotenv-exposed", file=file, quoted=quoted(file))
    elif file.exists():
        yield line("dotenv", file=file)


def direnv(project: Project) -> Iterator[Finding]:
    """A hint, for those who have it."""
    if not shutil.which("direnv") or not (project.root / ".envrc").exists():
        return
    if os.environ.get("DIRENV_DIR", "").lstrip("-") == str(project.root):
        yield line("direnv-on")
    else:
        yield line("direnv")


def page(project: Project) -> Iterator[Finding]:
    """Is there a browser in which ./start can open its page?"""
    asked, program = browser.find(project)
    if asked:
        yield line("browser-missing", asked=asked)
    elif program:
        yield line("browser", program=program)
    else:
        yield line("browser-none")
