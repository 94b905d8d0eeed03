"""What of the project is bundled: a commit, for a bundle holds what git tracks."""

import shutil
from typing import NamedTuple

from ..base.errors import Problem
from ..base.project import Project
from .programs import git


class Commit(NamedTuple):
    """What of the project is bundled: a commit, its branch, and the project's place in git."""

    id: str
    seconds: int  # since 1970
    refs: list[str]
    prefix: str


def find_commit(project: Project) -> Commit:
    """The commit that is checked out. Raises Problem where there is none, or it holds .env."""
    if not shutil.which("git"):
        fix = "write pkgs.git into packages in flake.nix, then the same command again"
        raise Problem("lab bundle needs git, which is not there.", fix)
    if (prefix := git(project, "rev-parse", "--show-prefix")) is None:
        message = f"{project.root} is in no git repository, and a bundle holds what git tracks."
        raise Problem(message, "git init && git add --all && git commit --message 'First commit'")
    if (shown := git(project, "show", "--no-patch", "--format=%H %ct", "HEAD", "--")) is None:
        message = f"Nothing of {project.root} is committed yet, and a bundle holds commits."
        raise Problem(message, "git add --all && git commit --message 'First commit'")
    _refuse_dotenv(project)
    identity, seconds = shown.split()
    branch = git(project, "symbolic-ref", "--quiet", "HEAD")
    refs = ["HEAD", *([branch.strip()] if branch else [])]
    return Commit(identity, int(seconds), refs, prefix.strip("\n"))


def _refuse_dotenv(project: Project) -> None:
    """A bundle holds the whole history, and so all that was ever in it."""
    names = (":(top,glob)**/.env",)
    if found := git(project, "ls-tree", "-r", "--name-only", "HEAD", "--", ".env"):
        message = f"git tracks {found.strip()}, and a bundle would give your secrets away."
        fix = "git rm --cached .env && git commit --message 'Without .env' && lab bundle FILE"
        raise Problem(message, fix)
    if found := git(project, "rev-list", "--max-count=1", "HEAD", "--", *names):
        message = (
            f"The history has had .env in it (commit {found[:7]}), and a bundle holds the history."
        )
        fix = "git checkout --orphan without-history && git commit --message 'Without history'"
        raise Problem(message, fix)


def uncommitted(project: Project) -> list[str]:
    """What the bundle does not have, for only commits are in it: changes, and new files."""
    found = git(project, "status", "--porcelain", "-z", "--no-renames", "--", ".") or ""
    return [entry[3:] for entry in found.split("\0") if entry]
