"""Programs and packages for another computer: from this Nix store into the one there.

What is there already is not sent again. What cannot be sent, the other computer gets by itself, as
with every start: from its own caches and from PyPI.
"""

import os
import shlex
import subprocess
import tarfile
import tempfile
from pathlib import Path

from ..base.files import read_own, write
from ..base.programs import NIX
from ..base.project import Project, inherited
from ..base.terminal import Problem, Progress, note
from ..packages import offline
from ..services import sockets
from .connection import BEGIN, Connection

SYSTEMS = {
    "Linux x86_64": "x86_64-linux",
    "Linux aarch64": "aarch64-linux",
    "Darwin arm64": "aarch64-darwin",
}


def carry(
    project: Project, connection: Connection, nix_store: str, system: str, progress: Progress
) -> str | None:
    """Copy what there is here. Gives the file of packages from PyPI there, for `lab start --from`.

    `nix_store` is that program there, `system` what `uname -sm` prints there. Raises Problem where
    its disk is full.
    """
    if SYSTEMS.get(system) != project.facts["system"]:
        note(
            f"{connection.host} is {system}, and other programs run there: it gets them by itself."
        )
        return None
    packages = _packages(project, progress)
    if packages and not _copy(project, connection, nix_store, packages, progress):
        packages = None
    # A directory of the Nix store; what it needs comes along.
    lab = str(Path(os.environ["NIX_JUPYTER_PROJECT"]).parent)
    _copy(project, connection, nix_store, lab, progress)
    progress.clear()
    return packages


def _copy(
    project: Project, connection: Connection, nix_store: str, path: str, progress: Progress
) -> bool:
    """Copy a path of the store and all that it needs. Was it possible?"""
    step = f"Copying the programs to {connection.host}"
    progress.show(step)
    with tempfile.TemporaryDirectory(dir=sockets.ensure(project)) as directory:
        _write_ssh(Path(directory, "ssh"), connection, nix_store)
        variables = inherited()
        variables["PATH"] = f"{directory}:{variables['PATH']}"
        # Nobody has signed what was built here: whether it is taken, its Nix decides.
        words = ("--no-check-sigs", "--substitute-on-destination", "--to", "ssh://there", path)
        process = subprocess.Popen(
            [*NIX, "copy", *words],
            env=variables,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        said: list[str] = []
        assert process.stderr  # a pipe, as asked for
        try:
            for text in process.stderr:
                said.append(text.strip())
                if text.startswith("copying path "):
                    progress.show(step, text.split("'")[1][44:])
        except BaseException:
            process.kill()
            raise
        finally:
            process.stderr.close()
        if process.wait() == 0:
            return True
    progress.clear()
    _explain(connection, [text for text in said if text and not text.startswith("copying ")])
    return False


def _write_ssh(file: Path, connection: Connection, nix_store: str) -> None:
    """What Nix takes for ssh. It waits for a word before it speaks, and asks for a connection."""
    serve = shlex.join(connection.command(nix_store, "--serve", "--write"))
    check = "case \" $* \" in *' -O check '*) exit 1 ;; esac"
    begin = f"while IFS= read -r text; do case $text in *{BEGIN}) break ;; esac; done"
    file.write_text(f"#!/bin/sh\n{check}\necho started\n{serve} | {{ {begin}; exec cat; }}\n")
    file.chmod(0o700)


def _explain(connection: Connection, said: list[str]) -> None:
    text = "\n".join(said)
    if "No space left" in text or "disk is full" in text:
        fix = f"ssh {shlex.quote(connection.host)} nix-collect-garbage"
        raise Problem(f"The disk of {connection.host} is full.", fix)
    if not connection.is_up():
        raise connection.lost()
    if "signature" in text:
        reason = "Nix there takes what nobody has signed from its administrator alone"
    else:
        reason = said[-1] if said else "Nix did not say why"
    note(
        f"Not all programs could be copied: {reason}. {connection.host} gets the others by itself."
    )


def _packages(project: Project, progress: Progress) -> str | None:
    """The file of packages from PyPI, in the Nix store; None where there are none."""
    if not project.venv:
        return None
    file = project.state / "on-packages"
    key, _, path = (read_own(file) or "").partition(" ")
    if key == project.venv_key and os.path.exists(path):
        return path
    with tempfile.TemporaryDirectory(dir=project.state) as directory:
        member = Path(directory, offline.MEMBER)
        member.parent.mkdir()
        try:
            offline.pack(project, Path(directory), member, progress)
        except Problem as problem:
            progress.clear()
            note(f"{problem.message}\nWithout them, the other computer gets them by itself.")
            return None
        if not member.exists():
            return None
        progress.show("Packing the packages from PyPI")
        archive = Path(directory, "packages.tar")
        with tarfile.open(archive, "w") as packed:
            packed.add(member, offline.MEMBER)
        member.unlink()
        done = subprocess.run(
            ["nix-store", "--add", str(archive)],
            env=inherited(),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Problem(
            f"Nix could not keep the packages: {done.stderr.strip()[-300:]}", "df -h /nix"
        )
    path = done.stdout.strip()
    write(file, f"{project.venv_key} {path}")
    return path
