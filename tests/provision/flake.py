"""The generated flakes: tests/nixpkgs, its names and what was fetched; and one with the newest JupyterLab."""

import json
import shutil
from pathlib import Path

from report import say

TEMPLATE = Path(__file__).resolve().parent.parent / "nixpkgs"
NAMES = TEMPLATE.parent.parent / "nixpkgs" / "attributes.json"
LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "test", "*.ts", "lock", "*.in", "*.md", "newest.json"
)


def write(cache: Path, sources: dict) -> dict[str, str]:
    """Write the flake and say where it is."""
    wheels = {**sources["wheels"]}
    newest = wheels.pop("newest")
    second = {**wheels, "3.13": {**wheels["3.13"], **newest}}
    return {
        "nixpkgs": str(_write(cache / "nixpkgs", {**sources, "wheels": wheels})),
        "nixpkgsNewest": str(
            _write(cache / "nixpkgs-newest", {**sources, "wheels": second}, newest=True)
        ),
    }


def _lock_newest(directory: Path) -> None:
    """The packages of newest.json take the place of those in 3.13.json."""
    usual, newest = (
        json.loads((path / name).read_text())
        for path, name in ((directory, "3.13.json"), (TEMPLATE / "python", "newest.json"))
    )
    usual["packages"] |= newest["packages"]
    (directory / "3.13.json").write_text(json.dumps(usual, indent=1) + "\n")


def _write(target: Path, sources: dict, *, newest: bool = False) -> Path:
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(TEMPLATE, part, ignore=LEFT_OUT)
    if newest:
        _lock_newest(part / "python")
    shutil.copy(NAMES, part)
    (part / "sources.json").write_text(json.dumps(sources, indent=1, sort_keys=True) + "\n")
    if _content(part) == _content(target):
        # A lock that names the directory stays good as long as not even a time changes.
        shutil.rmtree(part)
    else:
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        say(f"wrote {target}")
    return target


def _content(directory: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {
        str(path.relative_to(directory)): (path.stat().st_mode, path.read_bytes()) for path in files
    }
