"""The files of the project, to the other computer."""

import io
import json
import shutil
import subprocess
import tarfile

from ..base.errors import Problem
from ..base.files import write
from ..base.project import Project
from ..bundle.programs import git
from .connection import FAILED, Line
from .files import hash_of, left_out, note_path, read_note


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
    noted = read_note(project)
    process = line.begin("tar", "-x", "-o", "-f", "-", "-C", folder, errors=subprocess.PIPE)
    assert process.stdin  # pipes, as asked for
    assert process.stderr
    try:
        with tarfile.open(fileobj=process.stdin, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            for path in sorted({*filter(None, listed.split("\0")), ".env"}):
                file = project.root / path
                if left_out(path) or not (file.is_symlink() or file.is_file()):
                    continue
                archive.add(file, f"project/{path}", recursive=False, filter=_anonymous)
                if digest := hash_of(file):
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
    write(note_path(project), json.dumps(noted))


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
