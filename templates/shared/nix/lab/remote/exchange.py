"""Which files both computers have, and `lab exchange`, which runs on the other computer.

What a file was when both had the same is noted as a hash, so that a change is seen on either side.
"""

import hashlib
import io
import json
import os
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ..base.files import read_own
from ..base.programs import git
from ..base.project import Project
from .stream import add

# Made again at any time, or of one computer alone. Never sent, and never taken.
OURS = (".git", ".nix-jupyter")
MADE_AGAIN = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", ".direnv")
MAX_NOTE_BYTES = 1 << 28


def left_out(path: str) -> bool:
    """Whether a file stays where it is."""
    parts = [part.lower() for part in PurePosixPath(path).parts]
    return parts[0].startswith(".venv") or any(part in (*OURS, *MADE_AGAIN) for part in parts)


def not_ignored(project: Project, directory: str = "") -> list[str] | None:
    """What git does not ignore in a repository of the project, and in those within it.

    A submodule, and a repository that was cloned into the project, is one name to the git around
    it. None where git knows of no repository.
    """
    inside = ("-C", directory or ".")
    found = git(project, *inside, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if found is None:
        return None
    listed = []
    for path in (directory + name for name in found.split("\0") if name):
        file = project.root / path
        if file.is_symlink() or not file.is_dir():
            listed.append(path)
        # In a submodule that was not fetched, git would find the repository around it.
        elif git(project, "-C", path, "rev-parse", "--show-prefix") == "\n":
            listed += not_ignored(project, f"{path.rstrip('/')}/") or []
    return listed


def stays_inside(path: str, target: str) -> bool:
    """Whether a link of this path and target leads to what both computers have."""
    parts = PurePosixPath(target).parts
    ups = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    end = os.path.normpath(os.path.join(os.path.dirname(path), target))
    # A directory above can be a link itself: what is behind it is not what it is called.
    inside = not os.path.isabs(target) and ".." not in parts[ups:]
    return inside and end != "." and end.split("/")[0] != ".." and not left_out(end)


def hash_of(file: Path) -> str | None:
    """The hash of a file; None where none is. Links are no files."""
    if file.is_symlink() or not file.is_file():
        return None
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def note_path(project: Project) -> Path:
    """The file of the note."""
    return project.state / "on-files.json"


def read_note(project: Project) -> dict[str, str]:
    """By path, the hash of each file when both had the same."""
    return json.loads(read_own(note_path(project), MAX_NOTE_BYTES) or "{}")


def forget(project: Project) -> None:
    """Remove the note: the other computer has nothing of this project any more."""
    note_path(project).unlink(missing_ok=True)


# `lab exchange`, which runs on the other computer: what was changed there, for the one who asks.
#
# It reads the hashes that are known, and writes a tar with what is different, under numbers, and at
# last the index. So a tar that was cut short is known.


def serve() -> int:
    """Write the files of this project that are not as the one who asks knows them."""
    root = Path(os.environ["NIX_JUPYTER_ROOT"])
    known = json.load(sys.stdin)
    names, found, links = [], set(), []
    unreadable: list[str] = []
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for path in _files(root, unreadable):
            found.add(path)
            try:
                if (root / path).is_symlink():
                    links.append([path, os.readlink(root / path)])
                    continue
                if hash_of(root / path) in (None, known.get(path)):
                    continue
                if add(archive, str(len(names)), root / path):
                    names.append([path, os.access(root / path, os.X_OK)])
                else:
                    unreadable.append(path)
            except FileNotFoundError:
                continue  # gone meanwhile
            except OSError:  # another user's, as a container leaves them
                unreadable.append(path)
        deleted = sorted(path for path in known if path not in found)
        index = {"files": names, "links": links, "deleted": deleted, "unreadable": unreadable}
        text = json.dumps(index).encode()
        member = tarfile.TarInfo("index")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return 0


def _files(root: Path, unreadable: list[str]) -> Iterator[str]:
    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            unreadable.append(os.path.relpath(error.filename, root))

    for parent, directories, files in os.walk(root, onerror=note):
        here = os.path.relpath(parent, root)
        links = [name for name in directories if os.path.islink(os.path.join(parent, name))]
        directories[:] = [name for name in directories if not left_out(os.path.join(here, name))]
        for name in (*files, *links):
            path = os.path.normpath(os.path.join(here, name))
            if not left_out(path):
                yield path
