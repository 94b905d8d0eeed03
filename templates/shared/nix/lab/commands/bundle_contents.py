"""What a file of `lab bundle` holds: a commit, the programs of the Nix store, the archive."""

import io
import os
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..base.files import anonymous
from ..base.programs import NIX, git
from ..base.project import Project, inherited
from ..base.terminal import Problem, Progress, indented


class Commit(NamedTuple):
    """What of the project is bundled: a commit, its branch, and the project's place in git."""

    id: str
    seconds: int  # since 1970
    refs: list[str]
    prefix: str


def find_commit(project: Project) -> Commit:
    """The commit that is checked out. Raises Problem where there is none, or it holds .env."""
    if not shutil.which("git"):
        fix = "write pkgs.git into packages in flake.nix, then run the same command again"
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


# The file itself: a tar, in which nothing says who has packed it, and when.


OURS = ".bundle"


def pack(project: Project, commit: Commit, staging: Path, root: Path) -> None:
    """Each file is deleted when it is packed: the disk needs room for all of them only once."""
    descriptor = os.open(staging / "file", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    # Every tar reads this format.
    with (
        open(descriptor, "wb") as file,
        tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        change = _as_packed(commit.seconds)
        _add_text(archive, "README.txt", _readme(project, commit), commit)
        shutil.rmtree(root / ".git", ignore_errors=True)
        archive.add(root, project.root.name, filter=change)
        ours = staging / OURS
        # The manifest in front: a start reads it first.
        for path in sorted(ours.rglob("*"), key=lambda path: (path.name != "manifest", path)):
            if path.is_file():
                archive.add(path, str(path.relative_to(staging)), filter=change)
                path.unlink()
        _add_text(archive, f"{OURS}/complete", "", commit)
        file.flush()
        os.fsync(descriptor)


def _as_packed(seconds: int) -> Callable[[tarfile.TarInfo], tarfile.TarInfo]:
    """Nothing about who packs it, and when."""

    def change(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime = seconds
        return anonymous(member)

    return change


def _add_text(archive: tarfile.TarFile, name: str, text: str, commit: Commit) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(text.encode()), commit.seconds, 0o644
    archive.addfile(member, io.BytesIO(text.encode()))


def _readme(project: Project, commit: Commit) -> str:
    first, second = unpack_commands(project, "FILE")
    return f"""\
This file holds the project {project.name} as it was in the commit {commit.id},
with all that it needs. You need Nix (https://nixos.org/download/), and no network.
In a terminal, with the name of this file in the place of FILE:

    {first}
    {second}

Use it only if you trust who gave it to you: the project and its programs do on your computer
what they like, as everything does that you run. Keep the file as long as there is no network.

Its history, for git:

    tar -xf FILE {OURS}/project.bundle
    git clone {OURS}/project.bundle {shlex.quote(project.root.name + "-with-history")}
"""


def unpack_commands(project: Project, file: str) -> list[str]:
    """What whoever gets the file types."""
    directory = shlex.quote(project.root.name)
    return [
        f"tar -xf {shlex.quote(file)} {directory}",
        f"{directory}/start --from {shlex.quote(file)}",
    ]


# The programs of the project: built from what is committed, and copied out of the Nix store.


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
    """Copy the programs, and all that they need, into a binary cache in the staging directory.

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
    # Each Nix reads other characters of an address in its own way. This name has none; TMPDIR may.
    with tempfile.TemporaryDirectory(prefix="nix-jupyter-", dir="/tmp") as directory:
        link = Path(directory, "store")
        link.symlink_to(staging / OURS / "store")
        to = f"file://{link}?compression=zstd"
        run([*NIX, "copy", "--to", to, *paths], staging, "Nix could not copy the programs")


def run(command: list[str], directory: Path, what: str, fix: str = "lab doctor") -> str:
    """Run a program to its end and give what it prints. Raises Problem with its last words."""
    done = subprocess.run(
        command, cwd=directory, env=inherited(), capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return done.stdout
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if "No space left" in done.stderr:
        raise full(directory)
    raise Problem(f"{what}:{indented(said[-4:])}", fix)


def full(directory: Path) -> Problem:
    """Say that there is no room for the bundle."""
    message = f"The disk that holds {directory} is full, and no bundle was written."
    return Problem(message, f"df -h {shlex.quote(str(directory))}")
