"""The file itself: a tar, in which nothing says who has packed it, and when."""

import io
import os
import shlex
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from ..base.project import Project
from .commit import Commit

OURS = ".bundle"


def pack(project: Project, commit: Commit, staging: Path, root: Path) -> None:
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
    folder = shlex.quote(project.root.name)
    return [
        f"tar -xf {shlex.quote(file)} {folder}",
        f"{folder}/start --from {shlex.quote(file)}",
    ]
