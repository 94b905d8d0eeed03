"""The generated flake: tests/nixpkgs plus the list of fetched files."""

import json
import shutil
from pathlib import Path

from report import say

TEMPLATE = Path(__file__).resolve().parent.parent / "nixpkgs"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "test", "*.ts", "lock", "*.in", "*.md")


def write(cache: Path, sources: dict) -> dict[str, str]:
    """Write the flake and say where it is."""
    return {"nixpkgs": str(_write(cache / "nixpkgs", sources))}


def _write(target: Path, sources: dict) -> Path:
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(TEMPLATE, part, ignore=LEFT_OUT)
    (part / "sources.json").write_text(json.dumps(sources, indent=1, sort_keys=True) + "\n")
    if _content(part) == _content(target):
        # A lock that names the folder stays good as long as not even a time changes.
        shutil.rmtree(part)
    else:
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        say(f"wrote {target}")
    return target


def _content(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes()) for path in files
    }
