"""How the provisioning speaks: one short line per step, one clear sentence per failure."""

import hashlib
import os
import subprocess
from pathlib import Path


class Failure(Exception):
    """Something is missing or failed; the text says what and how to fix it."""


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"provision: {text}", flush=True)


def run(command: list[str], what: str, directory: Path | None = None, **environment: str) -> str:
    """Run a command quietly; on failure show the end of what it said."""
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Failure(f"{what} failed.\n  {' '.join(command[:6])} …\n{tail}")
    return done.stdout


def source(path: Path) -> dict[str, str]:
    """Describe one fetched file the way the stand-in's fetcher wants it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"file": str(path), "sha256": digest}


def nar_of_executable(content: bytes) -> str:
    """The hash that Nix gives to an executable file (of its archive, which knows the mode)."""
    parts = [b"nix-archive-1", b"(", b"type", b"regular", b"executable", b"", b"contents", content]
    digest = hashlib.sha256()
    for part in [*parts, b")"]:
        padding = b"\0" * (-len(part) % 8)
        digest.update(len(part).to_bytes(8, "little") + part + padding)
    return digest.hexdigest()
