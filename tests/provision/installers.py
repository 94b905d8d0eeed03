"""What fetches Python packages: pip, and uv, which reads an index in a tenth of pip's time."""

import os
import shutil
import sys
from pathlib import Path

import machine
from report import Failure, run

UV = "0.13.8"  # as in scripts/lock-tools.mjs, which puts it there too; a test compares them


def pip(cache: Path) -> list[str]:
    """The command: Python's own pip, or one of ours, since Debian's Python comes without."""
    own = [sys.executable, "-m", "pip"]
    if _works([*own, "--version"]):
        return own
    tools = cache / "tools"
    ours = tools / "bin" / "pip"
    if not ours.exists():
        run([machine.python(), "-m", "venv", "--clear", str(tools)], "making a place for pip")
    return [str(ours)]


def uv(cache: Path) -> Path:
    """That very uv. Templates are built at the same time: it is there whole, or not at all."""
    directory = cache / f"uv-{UV}"
    program = directory / "bin" / "uv"
    if program.exists():
        return program
    part = directory.with_name(f"{directory.name}.{os.getpid()}")
    command = [*pip(cache), "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    run([*command, "--target", str(part), f"uv=={UV}"], f"fetching uv {UV}")
    try:
        part.rename(directory)
    except OSError:
        # Another was first with it.
        shutil.rmtree(part)
    return program


def _works(command: list[str]) -> bool:
    try:
        run(command, "pip")
    except Failure:
        return False
    return True
