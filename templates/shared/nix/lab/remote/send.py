"""The files of the project, to the other computer."""

import io
import json
import shlex
import shutil
import subprocess
import tarfile
from pathlib import Path

from ..base.files import anonymous, write
from ..base.project import Project
from ..base.terminal import Problem, Progress, printable
from .connection import FAILED, Connection
from .exchange import left_out, not_ignored, note_path, read_note
from .stream import Shown, add


def send(
    project: Project,
    connection: Connection,
    directory: str,
    more: dict[str, str],
    progress: Progress,
) -> None:
    """Copy the project as it is now into `directory`/project, and the texts `more` beside it.

    What git ignores stays here, but for .env. Raises Problem, and Lost without a connection.
    """
    if not shutil.which("git"):
        fix = "write pkgs.git into packages in flake.nix, then run the same command again"
        raise Problem("lab start --on needs git, which is not there.", fix)
    listed = not_ignored(project)
    if listed is None:
        message = f"{project.root} is in no git repository, and what git knows is copied."
        raise Problem(message, "git init && git add --all")
    noted = read_note(project)
    progress.show(f"Copying the files to {connection.host}")
    process = connection.begin(
        "tar", "-x", "-o", "-f", "-", "-C", directory, errors=subprocess.PIPE
    )
    assert process.stdin  # pipes, as asked for
    assert process.stderr
    try:
        shown = Shown(process.stdin, progress)
        with tarfile.open(fileobj=shown, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            for path in sorted({*listed, ".env"}):
                if left_out(path):
                    continue
                if digest := _send_file(archive, project.root, path):
                    noted[path] = digest
            for path, text in more.items():
                member = tarfile.TarInfo(path)
                member.size, member.mode = len(text.encode()), 0o600
                archive.addfile(member, io.BytesIO(text.encode()))
        process.stdin.close()
    except BrokenPipeError:
        pass  # what it says tells why
    except Problem:
        process.kill()
        process.wait()
        raise
    said = process.stderr.read().decode(errors="replace").strip()
    code = process.wait()
    progress.clear()
    if code == FAILED:
        raise connection.lost()
    if code:
        raise _failed(connection, said)
    write(note_path(project), json.dumps(noted))


def _failed(connection: Connection, said: str) -> Problem:
    ssh = f"ssh {shlex.quote(connection.host)}"
    if "No space left" in said or "quota" in said:
        return Problem(f"The disk of {connection.host} is full.", f"{ssh} df -h .")
    last = (said.splitlines() or ["it did not say why"])[-1]
    return Problem(f"The files could not be copied to {connection.host}: {last}", ssh)


def _send_file(archive: tarfile.TarFile, root: Path, path: str) -> str | None:
    """Add a file or a link; give the hash of a file. What is gone meanwhile is not there."""
    file = root / path
    try:
        if file.is_symlink():
            archive.add(file, f"project/{path}", recursive=False, filter=anonymous)
        elif file.is_file():
            mode = 0o600 if path == ".env" else 0o777
            if digest := add(archive, f"project/{path}", file, mode):
                return digest
            fix = "the same command again, once the program that writes it has ended"
            raise Problem(f"{printable(path)} becomes shorter while it is copied.", fix)
    except FileNotFoundError:
        pass
    except BrokenPipeError:
        raise
    except OSError as error:
        fix = f"chmod u+r {shlex.quote(str(file))}    or write its name into .gitignore"
        message = f"{printable(path)} cannot be copied: {error.strerror}."
        raise Problem(message, fix) from None
    return None
