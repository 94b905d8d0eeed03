"""`lab bundle FILE`: all that a project needs, in one file.

The file is a tar. A start reads it with nix/bundle.sh, before there is any Python, and
packages/offline.py.

    README.txt              for who gets it
    NAME/                   the project, as committed
    .bundle/manifest        what it was made for, a line each
    .bundle/project.bundle  its history, for `git clone`
    .bundle/packages.tar.gz wheels, or a cache of uv's; where the project has any from PyPI
    .bundle/store/          a binary cache of Nix: the programs, and nixpkgs as source
    .bundle/complete        the last one, so that a file that was cut short is known
"""

import io
import json
import os
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..base import project as projects
from ..base.errors import Problem
from ..base.file_lock import lock
from ..base.invocation import place
from ..base.project import Project
from ..base.terminal import Answer, Progress
from ..base.variables import inherited
from ..packages import offline

FORMAT = "1"
OURS = ".bundle"
NIX = ("nix", "--extra-experimental-features", "nix-command flakes")


class Commit(NamedTuple):
    """What of the project is bundled: a commit, its branch, and the project's place in git."""

    id: str
    seconds: int  # since 1970
    refs: list[str]
    prefix: str


def bundle(options: set[str], arguments: list[str]) -> Answer:
    """Write everything that another computer needs into one file, which is whole or not there."""
    project = projects.load()
    target = _target(project, arguments)
    commit = _commit(project)
    progress = Progress()
    with lock(project.state / "bundle.lock", "bundle"), _staging(target) as staging:
        try:
            system = _write(project, commit, staging, progress)
            size = (staging / "file").stat().st_size
            (staging / "file").rename(target)
        except OSError as error:
            raise _unwritten(target, error.strerror or str(error)) from None
        finally:
            progress.clear()
    left_out = _uncommitted(project)
    data = {"file": str(target), "bytes": size, "commit": commit.id, "system": system}
    return Answer(data | {"leftOut": left_out}, _lines(project, target, size, commit, left_out))


def _lines(
    project: Project, target: Path, size: int, commit: Commit, left_out: list[str]
) -> list[str]:
    megabytes = f"{size / 1e6:.0f} MB"
    what = f"as it was committed in {commit.id[:7]}, with its programs and packages"
    lines = [f"{target} ({megabytes}) holds {project.name} {what}."]
    if left_out:
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        lines.append(f"Not in it, for it is not committed: {', '.join(left_out[:5])}{more}.")
    lines.append(f"Whoever gets it types: {' && '.join(_commands(project, target.name))}")
    return lines


def _commands(project: Project, file: str) -> list[str]:
    folder = shlex.quote(project.root.name)
    return [
        f"tar -xf {shlex.quote(file)} {folder}",
        f"{folder}/start --from {shlex.quote(file)}",
    ]


# Before anything is written: where to, and what.


def _target(project: Project, arguments: list[str]) -> Path:
    if not arguments:
        example = shlex.quote(f"../{project.root.name}.bundle")
        raise Problem("lab bundle needs the name of a file.", f"lab bundle {example}", 2)
    target = place(arguments[0])
    if os.path.lexists(target):
        fix = f"rm {shlex.quote(str(target))}    or choose another name"
        raise Problem(f"{target} exists, and is not overwritten.", fix)
    if not target.parent.is_dir():
        message = f"There is no folder {target.parent}."
        raise Problem(message, f"mkdir -p {shlex.quote(str(target.parent))}")
    if target.parent.resolve().is_relative_to(project.root.resolve()):
        # git would take it for a file of the project.
        fix = f"lab bundle {shlex.quote(str(project.root.parent / target.name))}"
        raise Problem(f"{target} would be in the project itself.", fix)
    return target


def _commit(project: Project) -> Commit:
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


def _uncommitted(project: Project) -> list[str]:
    """What the bundle does not have, for only commits are in it: changes, and new files."""
    found = git(project, "status", "--porcelain", "-z", "--no-renames", "--", ".") or ""
    return [entry[3:] for entry in found.split("\0") if entry]


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


# The parts, in a folder beside the file, so that the disk is the one that has to have room.


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise _unwritten(target, error.strerror or str(error)) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(project: Project, commit: Commit, staging: Path, progress: Progress) -> str:
    """Collect the parts of the bundle, and pack them into `staging/file`. Gives the system."""
    ours = staging / OURS
    ours.mkdir()
    progress.show("Copying what is committed")
    history = ours / "project.bundle"
    _run(["git", "bundle", "create", str(history), *commit.refs], project.root, "git failed")
    clone = staging / "clone"
    _run(["git", "clone", "--quiet", str(history), str(clone)], staging, "git failed")
    # What is bundled is what its receiver has: all that follows is made from the clone.
    root = clone / commit.prefix
    built = _build(project, root, staging, progress)
    facts = json.loads((built["default"] / "project.json").read_text(encoding="utf-8"))
    copy = Project(root, project.state, facts, project.umask)
    offline.pack(copy, staging, staging / offline.MEMBER, progress)
    _copy_store(staging, built, progress)
    manifest = [f"format {FORMAT}", f"project {project.root.name}", f"commit {commit.id}"]
    manifest += [f"system {facts['system']}"]
    manifest += [f"lab {shell} {path}" for shell, path in built.items()]
    (ours / "manifest").write_text("\n".join(manifest) + "\n" + _fingerprint(root))
    progress.show("Writing the file")
    _pack(project, commit, staging, root)
    return facts["system"]


def _build(project: Project, root: Path, staging: Path, progress: Progress) -> dict[str, Path]:
    """What `lab` is in each shell that a receiver may enter, by the shell's name."""
    shells = ["default", *(["cuda"] if project.facts["compute"] == "cuda" else [])]
    built = {}
    for shell in shells:
        progress.show("Asking Nix for the programs")
        name = f".#devShells.{project.facts['system']}.{shell}.lab"
        link = staging / f"shell-{shell}"  # keeps it from garbage collection until we are done
        what = f"What is committed of {project.name} does not work by itself"
        _run([*NIX, "build", "--out-link", str(link), name], root, what, "git status")
        built[shell] = link.resolve()
    return built


def _copy_store(staging: Path, built: dict[str, Path], progress: Progress) -> None:
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
        _run([*NIX, "copy", "--to", to, *paths], staging, "Nix could not copy the programs")


def _fingerprint(root: Path) -> str:
    """The files that programs and packages follow from, as nix/bundle.sh compares them."""
    command = ["sh", "-c", ". nix/enter.sh && . nix/bundle.sh && nix_jupyter_fingerprint"]
    return _run(command, root, "The files of the project cannot be read")


def _pack(project: Project, commit: Commit, staging: Path, root: Path) -> None:
    """Each file is deleted when it is packed: the disk needs room for all of them only once."""
    descriptor = os.open(staging / "file", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    # Every tar reads this format.
    with (
        open(descriptor, "wb") as file,
        tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        anonymous = _anonymous(commit.seconds)
        _add_text(archive, "README.txt", _readme(project, commit), commit)
        shutil.rmtree(root / ".git", ignore_errors=True)
        archive.add(root, project.root.name, filter=anonymous)
        ours = staging / OURS
        # The manifest in front: a start reads it first.
        for path in sorted(ours.rglob("*"), key=lambda path: (path.name != "manifest", path)):
            if path.is_file():
                archive.add(path, str(path.relative_to(staging)), filter=anonymous)
                path.unlink()
        _add_text(archive, f"{OURS}/complete", "", commit)
        file.flush()
        os.fsync(descriptor)


def _anonymous(seconds: int) -> Callable[[tarfile.TarInfo], tarfile.TarInfo]:
    """Nothing about who packs it, and when."""

    def change(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = seconds
        return member

    return change


def _add_text(archive: tarfile.TarFile, name: str, text: str, commit: Commit) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(text.encode()), commit.seconds, 0o644
    archive.addfile(member, io.BytesIO(text.encode()))


def _readme(project: Project, commit: Commit) -> str:
    first, second = _commands(project, "FILE")
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


# Programs that are run for it.


def _run(command: list[str], folder: Path, what: str, fix: str = "lab doctor") -> str:
    """Run a program to its end and give what it prints. Raises Problem with its last words."""
    done = subprocess.run(
        command, cwd=folder, env=inherited(), capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return done.stdout
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if "No space left" in done.stderr:
        raise _full(folder)
    raise Problem("\n  | ".join([f"{what}:", *(line[:300] for line in said[-4:])]), fix)


def _unwritten(target: Path, reason: str) -> Problem:
    if "No space left" in reason or "quota" in reason:
        return _full(target.parent)
    fix = f"ls -ld {shlex.quote(str(target.parent))}"
    return Problem(f"{target} cannot be written: {reason}.", fix)


def _full(folder: Path) -> Problem:
    message = f"The disk that holds {folder} is full, and no bundle was written."
    return Problem(message, f"df -h {shlex.quote(str(folder))}")
