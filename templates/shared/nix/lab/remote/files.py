"""What of a project's files is on both computers: which take part, and the note of their hashes.

What a file was when both had the same is noted as a hash, so that a change is seen on either side.
"""

import hashlib
import json
from pathlib import Path, PurePosixPath

from ..base.files import read_own
from ..base.project import Project

# Made again at any time, or of one computer alone. Never sent, and never taken.
OURS = (".git", ".nix-jupyter")
MADE_AGAIN = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", ".direnv")
LARGEST_NOTE = 1 << 28  # bytes


def left_out(path: str) -> bool:
    """Whether a file stays where it is."""
    parts = [part.lower() for part in PurePosixPath(path).parts]
    return parts[0].startswith(".venv") or any(part in (*OURS, *MADE_AGAIN) for part in parts)


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
    return json.loads(read_own(note_path(project), LARGEST_NOTE) or "{}")


def forget(project: Project) -> None:
    """Remove the note: the other computer has nothing of this project any more."""
    note_path(project).unlink(missing_ok=True)
