"""The files of a project that runs on another computer: there, and what was changed there back.

What a file was when both had the same is noted as a hash. A file that changed there comes back; one
that changed on both sides is kept on both, and nothing is ever overwritten or deleted here.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ..base.errors import FULL, Problem, full
from ..base.file_lock import lock
from ..base.files import read_own, rename, write
from ..base.project import Project
from ..commands.bundle import git
from .connection import FAILED, Line

# Made again at any time, or of one computer alone. Never sent, and never taken.
OURS = (".git", ".nix-jupyter")
MADE_AGAIN = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", ".direnv")
LARGEST_NOTE = 1 << 28  # bytes
IN_MEMORY = 1 << 23


def _left_out(path: str) -> bool:
    parts = [part.lower() for part in PurePosixPath(path).parts]
    return parts[0].startswith(".venv") or any(part in (*OURS, *MADE_AGAIN) for part in parts)


def _digest(file: Path) -> str | None:
    """The hash of a file; None where none is. Links are no files."""
    if file.is_symlink() or not file.is_file():
        return None
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _note(project: Project) -> Path:
    return project.state / "on-files.json"


def _noted(project: Project) -> dict[str, str]:
    return json.loads(read_own(_note(project), LARGEST_NOTE) or "{}")


def forget(project: Project) -> None:
    """Remove the note: the other computer has nothing of this project any more."""
    _note(project).unlink(missing_ok=True)


# There.


def send(project: Project, line: Line, folder: str, more: dict[str, str]) -> None:
    """Copy the project as it is now into `folder`/project, and the texts `more` beside it.

    What git ignores stays here, but for .env. Raises Problem, and Cut without a connection.
    """
    if not shutil.which("git"):
        fix = "write pkgs.git into packages in flake.nix, then the same command again"
        raise Problem("lab start --on needs git, which is not there.", fix)
    listed = git(project, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None:
        message = f"{project.root} is in no git repository, and what git knows is copied."
        raise Problem(message, "git init && git add --all")
    noted = _noted(project)
    process = line.begin("tar", "-x", "-o", "-f", "-", "-C", folder, errors=subprocess.PIPE)
    assert process.stdin  # pipes, as asked for
    assert process.stderr
    try:
        with tarfile.open(fileobj=process.stdin, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            for path in sorted({*filter(None, listed.split("\0")), ".env"}):
                file = project.root / path
                if _left_out(path) or not (file.is_symlink() or file.is_file()):
                    continue
                archive.add(file, f"project/{path}", recursive=False, filter=_anonymous)
                if digest := _digest(file):
                    noted[path] = digest
            for path, text in more.items():
                member = tarfile.TarInfo(path)
                member.size, member.mode = len(text.encode()), 0o600
                archive.addfile(member, io.BytesIO(text.encode()))
        process.stdin.close()
    except BrokenPipeError:
        pass  # what it says tells why
    said = process.stderr.read().decode(errors="replace").strip()
    if (code := process.wait()) == FAILED:
        raise line.cut()
    if code:
        raise _failed(line, said)
    write(_note(project), json.dumps(noted))


def _failed(line: Line, said: str) -> Problem:
    if "No space left" in said or "quota" in said:
        return Problem(f"The disk of {line.host} is full.", f"ssh {line.host} df -h .")
    last = (said.splitlines() or ["it did not say why"])[-1]
    return Problem(f"The files could not be copied to {line.host}: {last}", f"ssh {line.host}")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    if member.name == "project/.env":
        member.mode = 0o600
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


# Back. `lab exchange` runs there: it reads the hashes that are known, and writes a tar with what is
# different, under numbers, and at last the index. So a tar that was cut short is known.


def serve() -> int:
    """Write the files of this project that are not as the one who asks knows them."""
    root = Path(os.environ["NIX_JUPYTER_ROOT"])
    known = json.load(sys.stdin)
    names, found = [], set()
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for path in _files(root):
            found.add(path)
            try:
                if _digest(root / path) in (None, known.get(path)):
                    continue
                _add(archive, str(len(names)), root / path)
                names.append([path, os.access(root / path, os.X_OK)])
            except FileNotFoundError:
                continue  # gone meanwhile
        deleted = sorted(path for path in known if path not in found)
        text = json.dumps({"files": names, "deleted": deleted}).encode()
        member = tarfile.TarInfo("index")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return 0


def _add(archive: tarfile.TarFile, name: str, file: Path) -> None:
    with open(file, "rb") as opened, tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        # It may be written to at this moment: what is sent has one size.
        shutil.copyfileobj(opened, copy)
        member = tarfile.TarInfo(name)
        member.size = copy.tell()
        copy.seek(0)
        archive.addfile(member, copy)


def _files(root: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(root):
        here = os.path.relpath(parent, root)
        folders[:] = [name for name in folders if not _left_out(os.path.join(here, name))]
        for name in files:
            path = os.path.normpath(os.path.join(here, name))
            if not os.path.islink(os.path.join(parent, name)) and not _left_out(path):
                yield path


def fetch(project: Project, line: Line, *words: str) -> list[str]:
    """Take what was changed there, and give what is to be said. `words`: what runs `lab` there.

    Raises Problem where it is not whole: then nothing was taken, and all is still there.
    """
    with (
        lock(project.state / "exchange.lock", "stop"),
        tempfile.TemporaryDirectory(prefix="exchange-", dir=project.state) as name,
    ):
        noted, folder = _noted(project), Path(name)
        process = line.begin(*words, "exchange")
        assert process.stdin  # pipes, as asked for
        assert process.stdout
        try:
            with process.stdin as given:
                given.write(json.dumps(noted).encode())
            _unpack(process.stdout, folder)
            index = json.loads((folder / "index").read_text(encoding="utf-8"))
        except (OSError, tarfile.TarError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in FULL:
                raise full(project.state) from None
            index = None
        process.stdout.close()
        code = process.wait()
        if index is None or code:
            if code == FAILED:
                raise line.cut()
            message = f"The files that were changed on {line.host} could not be read. They are"
            raise Problem(f"{message} still there.", "the same command again")
        before = os.umask(project.umask)
        try:
            lines = _take(project, line.host, index, folder, noted)
        finally:
            os.umask(before)
        write(_note(project), json.dumps(noted))
        return lines


def _unpack(stream: IO[bytes], folder: Path) -> None:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        archive.extractall(folder, filter="data")


def _take(
    project: Project, host: str, index: dict[str, Any], folder: Path, noted: dict[str, str]
) -> list[str]:
    taken, beside = [], []
    for number, (path, executable) in enumerate(index["files"]):
        new, target = folder / str(number), project.root / path
        theirs, ours = _digest(new), _digest(target)
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
    gone = [path for path in index["deleted"] if _digest(project.root / path)]
    for path in index["deleted"]:
        noted.pop(path, None)
    lines = [f"Changed on {host}, and changed here now: {_some(taken)}"] if taken else []
    lines += beside
    return lines + ([f"Deleted on {host}, and kept here: {_some(gone)}"] if gone else [])


def _leads_elsewhere(path: str) -> bool:
    name = PurePosixPath(path)
    return not name.parts or name.is_absolute() or ".." in name.parts or _left_out(path)


def _has_place(root: Path, path: str) -> bool:
    """Is it free, or a file, and in the project itself? A folder can be a link that leads out."""
    target = root / path
    parent = target.parent
    while not os.path.lexists(parent):
        parent = parent.parent
    inside = parent.is_dir() and parent.resolve().is_relative_to(root.resolve())
    return inside and (not os.path.lexists(target) or _digest(target) is not None)


def _place_beside(root: Path, host: str, path: str) -> str:
    """A name that is free: from-HOST/PATH, or from-HOST-2/PATH and so on."""
    name = host.removeprefix("ssh://").rpartition("@")[2]
    folder, number = f"from-{re.sub(r'[^A-Za-z0-9.-]', '-', name)}", 1
    name = f"{folder}/{path}"
    while os.path.lexists(root / name) or not _has_place(root, name):
        number += 1
        name = f"{folder}-{number}/{path}"
    return name


def _put(new: Path, target: Path) -> None:
    """Whole or not at all: the state folder may be on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        new.chmod(target.stat().st_mode & 0o777)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copy(new, temporary)
        rename(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return f"{', '.join(paths[:5])}{more}."
