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

import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..base import project as projects
from ..base.called import place
from ..base.files import lock
from ..base.project import Project
from ..base.terminal import Answer, Problem, Progress
from ..packages import offline
from .bundle_contents import (
    OURS,
    Commit,
    build,
    copy_store,
    find_commit,
    full,
    pack,
    run,
    uncommitted,
    unpack_commands,
)

FORMAT = "1"


def bundle(options: set[str], arguments: list[str]) -> Answer:
    """Write everything that another computer needs into one file, which is whole or not there."""
    project = projects.load()
    target = _target(project, arguments)
    commit = find_commit(project)
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
    left_out = uncommitted(project)
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
    lines.append(f"Whoever gets it types: {' && '.join(unpack_commands(project, target.name))}")
    return lines


def _target(project: Project, arguments: list[str]) -> Path:
    beside = shlex.quote(str(project.root.parent / f"{project.root.name}.bundle"))
    if not arguments:
        raise Problem("lab bundle needs the name of a file.", f"lab bundle {beside}", 2)
    target = place(arguments[0])
    if target.is_dir():
        example = shlex.quote(str(target.resolve() / f"{project.root.name}.bundle"))
        if target.resolve().is_relative_to(project.root.resolve()):
            example = beside
        raise Problem(f"{target} is a directory, and no name of a file.", f"lab bundle {example}")
    if os.path.lexists(target):
        fix = f"rm {shlex.quote(str(target))}    or choose another name"
        raise Problem(f"{target} exists, and is not overwritten.", fix)
    if not target.parent.is_dir():
        message = f"There is no directory {target.parent}."
        raise Problem(message, f"mkdir -p {shlex.quote(str(target.parent))}")
    if target.parent.resolve().is_relative_to(project.root.resolve()):
        # git would take it for a file of the project.
        fix = f"lab bundle {shlex.quote(str(project.root.parent / target.name))}"
        raise Problem(f"{target} would be inside the project.", fix)
    return target


# The parts are in a directory beside the file, so that the disk is the one that has to have room.
@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    try:
        directory = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise _unwritten(target, error.strerror or str(error)) from None
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _write(project: Project, commit: Commit, staging: Path, progress: Progress) -> str:
    """Collect the parts of the bundle, and pack them into `staging/file`. Gives the system."""
    ours = staging / OURS
    ours.mkdir()
    progress.show("Copying what is committed")
    history = ours / "project.bundle"
    run(["git", "bundle", "create", str(history), *commit.refs], project.root, "git failed")
    clone = staging / "clone"
    run(["git", "clone", "--quiet", str(history), str(clone)], staging, "git failed")
    # What is bundled is what its receiver has: all that follows is made from the clone.
    root = clone / commit.prefix
    built = build(project, root, staging, progress)
    facts = json.loads((built["default"] / "project.json").read_text(encoding="utf-8"))
    copy = Project(root, project.state, facts, project.umask)
    offline.pack(copy, staging, staging / offline.MEMBER, progress)
    copy_store(staging, built, progress)
    manifest = [f"format {FORMAT}", f"project {project.root.name}", f"commit {commit.id}"]
    manifest += [f"system {facts['system']}"]
    manifest += [f"lab {shell} {path}" for shell, path in built.items()]
    (ours / "manifest").write_text("\n".join(manifest) + "\n" + _fingerprint(root))
    progress.show("Writing the file")
    pack(project, commit, staging, root)
    return facts["system"]


def _fingerprint(root: Path) -> str:
    """The files that programs and packages follow from, as nix/bundle.sh compares them."""
    command = ["sh", "-c", ". nix/enter.sh && . nix/bundle.sh && nix_jupyter_fingerprint"]
    return run(command, root, "The files of the project cannot be read")


def _unwritten(target: Path, reason: str) -> Problem:
    if "No space left" in reason or "quota" in reason:
        return full(target.parent)
    fix = f"ls -ld {shlex.quote(str(target.parent))}"
    return Problem(f"{target} cannot be written: {reason}.", fix)
