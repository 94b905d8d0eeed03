"""What a report was made from: enough to make it again."""

import hashlib
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOCKS = ("flake.lock", "requirements.txt", "uv.lock")


def of(root: Path, notebook: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    """All of it as data. What cannot be known, such as the commit where there is no git, is null."""
    return {
        "notebook": readable(os.path.relpath(notebook, root)),
        "sha256": _sha256(notebook),
        "parameters": parameters,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(root, notebook),
        "python": platform.python_version(),
        "system": f"{platform.machine()}-{platform.system().lower()}",
        "nixpkgs": _nixpkgs(root / "flake.lock"),
        "locks": {name: _sha256(root / name) for name in LOCKS if (root / name).is_file()},
    }


def readable(path: str) -> str:
    """A path without what is no text in it: names of files are bytes."""
    return os.fsencode(path).decode(errors="replace")


def table(made_from: dict[str, Any]) -> str:
    """The same for the end of a report, in Markdown."""
    lines = {
        "Notebook": f"{made_from['notebook']} (sha256 {made_from['sha256']})",
        **{
            f"Parameter {name}": json.dumps(value)
            for name, value in made_from["parameters"].items()
        },
        "Date": made_from["date"],
        "Commit": made_from["commit"] or "none",
        "Python": f"{made_from['python']} on {made_from['system']}",
        "nixpkgs": made_from["nixpkgs"] or "unknown",
        **{name: f"sha256 {digest}" for name, digest in made_from["locks"].items()},
    }
    rows = "\n".join(f"- {name}: {_code(value)}" for name, value in lines.items())
    return f"## What this report was made from\n\n{rows}\n"


def _code(text: str) -> str:
    """As it is: nothing in it is Markdown."""
    fence = "`"
    while fence in text:
        fence += "`"
    return f"{fence} {text} {fence}"


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _nixpkgs(lock: Path) -> str | None:
    try:
        locked = json.loads(lock.read_text())["nodes"]["nixpkgs"]["locked"]
    except (OSError, ValueError, KeyError):
        return None
    return " ".join(filter(None, (locked.get("rev"), locked.get("narHash")))) or None


def _commit(root: Path, notebook: Path) -> str | None:
    """The commit, whether it has the notebook, and whether files have changed since."""
    commit = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return None
    tracked = _git(root, "--literal-pathspecs", "ls-files", "--", str(notebook))
    differs = [] if tracked else ["without this notebook"]
    if changes(root):
        differs.append("with changes that are not committed")
    return " ".join([commit, " and ".join(differs)]).strip()


def changes(root: Path) -> set[str]:
    """What git tracks of the project and is not as it was committed, a line for each file."""
    return {*_git(root, "status", "--porcelain", "--untracked-files=no", ".").splitlines()}


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip()
