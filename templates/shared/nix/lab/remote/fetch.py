"""What was changed on the other computer, taken over here.

A file that changed there comes back; one that changed on both sides is kept on both, and nothing
is ever overwritten or deleted here.
"""

import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from ..base.files import lock, rename, write
from ..base.project import Project
from ..base.terminal import Problem, Progress, explain_disk, printable
from .connection import FAILED, Connection
from .exchange import hash_of, left_out, note_path, read_note, stays_inside
from .stream import Shown


class Fetched(NamedTuple):
    """What is to be said of what was taken, and the files that nobody lets us read there."""

    lines: list[str]
    unreadable: list[str]


def fetch(
    project: Project, connection: Connection, words: Sequence[str], progress: Progress | None
) -> Fetched:
    """Take what was changed there. `words`: what runs `lab` there.

    Raises Problem where it is not whole: then nothing was taken, and all is still there.
    """
    with (
        lock(project.state / "exchange.lock", "stop"),
        tempfile.TemporaryDirectory(prefix="exchange-", dir=project.state) as name,
    ):
        noted, directory = read_note(project), Path(name)
        process = connection.begin(*words, "exchange")
        assert process.stdin  # pipes, as asked for
        assert process.stdout
        try:
            with process.stdin as given:
                given.write(json.dumps(noted).encode())
            output = Shown(process.stdout, progress) if progress else process.stdout
            _unpack(output, directory)
            index = json.loads((directory / "index").read_text(encoding="utf-8"))
        except (OSError, tarfile.TarError, ValueError) as error:
            if isinstance(error, OSError) and (problem := _full(connection.host, error)):
                raise problem from None
            index = None
        process.stdout.close()
        code = process.wait()
        if index is None or code:
            if code == FAILED:
                raise connection.lost()
            message = (
                f"The files that were changed on {connection.host} could not be read. They are"
            )
            raise Problem(f"{message} still there.", "the same command again")
        before = os.umask(project.umask)
        try:
            lines = _take(project, connection.host, index, directory, noted)
        except OSError as error:
            raise _full(connection.host, error) or error from None
        finally:
            os.umask(before)
        write(note_path(project), json.dumps(noted))
        return Fetched(lines, index.get("unreadable", []))


def _full(host: str, error: OSError) -> Problem | None:
    return explain_disk(error, f"what was changed on {host} and is not here yet is still there")


def _unpack(stream: IO[bytes] | Shown, directory: Path) -> None:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        archive.extractall(directory, filter="data")


def _take(
    project: Project, host: str, index: dict[str, Any], directory: Path, noted: dict[str, str]
) -> list[str]:
    taken, beside = [], []
    for number, (path, executable) in enumerate(index["files"]):
        new, target = directory / str(number), project.root / path
        theirs, ours = hash_of(new), hash_of(target)
        if theirs is None or _leads_elsewhere(path):
            raise Problem(f"{host} offers a file with the name {path}, which is not taken.")
        if theirs != ours:
            new.chmod((0o777 if executable else 0o666) & ~project.umask)
            if ours == noted.get(path) and _has_place(project.root, path):
                taken.append(path)
            else:
                path_beside = _place_beside(project.root, host, path)
                target = project.root / path_beside
                beside.append(f"{path} was changed here, too. How it is on {host}: {path_beside}")
            _put(new, target)
        noted[path] = theirs
    gone = [path for path in index["deleted"] if hash_of(project.root / path)]
    for path in index["deleted"]:
        noted.pop(path, None)
    new_links, others = _take_links(project.root, index.get("links", []))
    taken += new_links
    if others:
        beside.append(f"Links on {host} that are not the same here: {some(others)}")
    lines = [f"Changed on {host}, and changed here now: {some(taken)}"] if taken else []
    lines += [printable(text) for text in beside]
    return lines + ([f"Deleted on {host}, and kept here: {some(gone)}"] if gone else [])


def _take_links(root: Path, links: list[list[str]]) -> tuple[list[str], list[str]]:
    """Make the links that are free here and lead to something of the project; name the others."""
    made, others = [], []
    for path, target in links:
        link = root / path
        if link.is_symlink() and os.readlink(link) == target:
            continue
        free = not _leads_elsewhere(path) and _has_place(root, path) and not os.path.lexists(link)
        if free and stays_inside(path, target):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)
            made.append(path)
        else:
            others.append(f"{path} -> {target}")
    return made, others


def _leads_elsewhere(path: str) -> bool:
    name = PurePosixPath(path)
    return not name.parts or name.is_absolute() or ".." in name.parts or left_out(path)


def _has_place(root: Path, path: str) -> bool:
    """Is it free, or a file, and in the project itself? A directory may be a link out of it."""
    target = root / path
    parent = target.parent
    while not os.path.lexists(parent):
        parent = parent.parent
    inside = parent.is_dir() and parent.resolve().is_relative_to(root.resolve())
    return inside and (not os.path.lexists(target) or hash_of(target) is not None)


def _place_beside(root: Path, host: str, path: str) -> str:
    """A name that is free: from-HOST/PATH, or from-HOST-2/PATH and so on."""
    name = host.removeprefix("ssh://").rpartition("@")[2]
    directory, number = f"from-{re.sub(r'[^A-Za-z0-9.-]', '-', name)}", 1
    name = f"{directory}/{path}"
    while os.path.lexists(root / name) or not _has_place(root, name):
        number += 1
        name = f"{directory}-{number}/{path}"
    return name


def _put(new: Path, target: Path) -> None:
    """Whole or not at all: the state directory may be on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        new.chmod(target.stat().st_mode & 0o777)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copy(new, temporary)
        rename(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def some(paths: list[str]) -> str:
    """The first five, for a message."""
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return f"{', '.join(map(printable, paths[:5]))}{more}."
