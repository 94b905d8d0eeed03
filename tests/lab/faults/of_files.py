"""The files of the project, and the computer that it is on."""

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from driver import Lab

Make = Callable[..., Lab]


def put_under_git(lab: Lab) -> Lab:
    """A repository, as the scaffolder leaves it."""
    (lab.root / ".gitignore").write_text("local.nix\n.venv/\n")
    (lab.root / "flake.nix").write_text("{ }\n")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=lab.root, check=True)
    return lab


def git(make: Make) -> Lab:
    """A project in a git repository."""
    return put_under_git(make())


def track(lab: Lab) -> None:
    """Let git know every file."""
    subprocess.run(["git", "add", "."], cwd=lab.root, check=True)


def nix_missing(make: Make) -> Lab:
    lab = make()
    (lab.root / "nix").mkdir()
    (lab.root / "nix" / "enter.sh").touch()
    lab.extra["PATH"] = str(lab.prefix / "bin")
    return lab


def not_executable(make: Make) -> Lab:
    """A project as a download or a synced directory leaves it."""
    lab = make()
    (lab.root / "start").touch(0o644)
    return lab


def git_untracked(make: Make) -> Lab:
    lab = git(make)
    (lab.root / "my packages.nix").touch()
    return lab


def lock_untracked(make: Make) -> Lab:
    lab = git(make)
    (lab.root / "uv.lock").write_text("version = 1\n")
    ignore_in_all_projects(lab, "*.lock\n")
    return lab


def ignore_in_all_projects(lab: Lab, patterns: str) -> None:
    """By a file of the user's own, so that `git status` shows nothing."""
    (lab.home / ".config" / "git").mkdir(parents=True, exist_ok=True)
    (lab.home / ".config" / "git" / "ignore").write_text(patterns)


def local_nix_shared(make: Make) -> Lab:
    lab = git(make)
    (lab.root / "local.nix").write_text("{ cudaSupport = true; }\n")
    (lab.root / ".gitignore").write_text("")
    return lab


def state_locked(make: Make) -> Lab:
    lab = make()
    lab.check("status")
    lab.state.chmod(0o500)
    # Root without its power over files is as any user.
    if not os.getuid():
        lab.before = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    return lab


def token_exposed(make: Make) -> Lab:
    lab = make()
    lab.state.mkdir(parents=True, mode=0o700)
    (lab.state / "token").write_text("0" * 48)
    (lab.state / "token").chmod(0o644)
    return lab


def browser_missing(make: Make) -> Lab:
    lab = make()
    lab.extra["BROWSER"] = "/nowhere/browser --new-window"
    return lab


def dotenv_exposed(make: Make) -> Lab:
    lab = make()
    (lab.root / ".env").write_text("SECRET=1\n")
    (lab.root / ".env").chmod(0o644)
    return lab


def disk_project(make: Make) -> Lab:
    lab = make()
    return with_small_disk(lab, lab.root)


def disk_store(make: Make) -> Lab:
    return with_small_disk(make(), Path("/nix/store"))


def with_small_disk(lab: Lab, directory: Path) -> Lab:
    """The same with a disk of 64 MiB at a directory, for lab alone."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(directory)]
    lab.before = ["unshare", "--mount", "sh", "-c", f'{shlex.join(mount)} && exec "$@"', "sh"]
    return lab
