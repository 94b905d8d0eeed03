"""What a check can say: lines of the catalogue, with the command that fixes what is wrong."""

import functools
import json
import shlex
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    """All is well, or what is wrong in one sentence and the one command that fixes it."""

    name: str
    ok: bool
    message: str
    fix: str | None


# Every line that the doctor can say, by name. The program create-nix-jupyter has the same file.
CATALOGUE = Path(__file__).with_name("doctor.json")


@functools.cache
def _catalogue() -> dict[str, dict[str, str]]:
    lines: dict[str, dict[str, str]] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return lines


def line(name: str, /, **slots: object) -> Finding:
    """A line of the catalogue, with its slots filled in."""
    said = _catalogue()[name]
    text, fix = said.get("good") or said["problem"], said.get("fix")
    message = text.format(**slots)
    return Finding(name, "good" in said, message, fix.format(**slots) if fix else None)


def quoted(path: Path) -> str:
    """A path as a shell takes it."""
    return shlex.quote(str(path))
