"""Whether what was fetched still answers to what is asked for."""

import hashlib
import json
from pathlib import Path

import files

HERE = Path(__file__).resolve().parent


def current(cache: Path) -> dict | None:
    """The sources of the last whole run, if nothing that decides about them has changed."""
    saved = cache / "fetched.json"
    if not saved.exists():
        return None
    record = json.loads(saved.read_text())
    if record["key"] != _key() or not all(
        Path(file).exists() for file in _files(record["sources"])
    ):
        return None
    return record["sources"]


def save(cache: Path, sources: dict) -> None:
    """Remember a whole run; by rename, so that a broken one is never believed."""
    text = json.dumps({"key": _key(), "sources": sources}, indent=1)
    files.replace(cache / "fetched.json", text)


def _key() -> str:
    deciding = [
        *HERE.glob("*.py"),
        *HERE.glob("*.json"),
        *HERE.glob("wrapper/*.go"),
        *HERE.parent.glob("nixpkgs/python/*.json"),
    ]
    digest = hashlib.sha256()
    for path in sorted(deciding):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _files(tree: object) -> list[str]:
    if not isinstance(tree, dict):
        return []
    if "file" in tree:
        return [tree["file"]]
    return [file for branch in tree.values() for file in _files(branch)]
