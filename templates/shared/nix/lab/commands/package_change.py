"""What `lab add` and `lab remove` have in common: what is changed, and what they say at the end."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..base import project as projects
from ..base.errors import Problem
from ..base.file_lock import lock
from ..base.invocation import called_by_path
from ..base.project import Project
from ..base.terminal import Answer, Progress
from ..packages.names import Wanted, parse
from ..services import supervisor


@dataclass
class Result:
    """What was changed: the packages by file, remarks, and whether a new shell is needed for it."""

    files: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    new_shell: bool = False


def change(
    command: str,
    word: str,
    apply: Callable[[Project, list[Wanted], Progress], Result],
    arguments: list[str],
) -> Answer:
    """Apply a change, and say what has become of it."""
    if not arguments:
        raise Problem("Which package?", f"lab {command} numpy", 2)
    packages = parse(arguments)
    project = projects.load()
    had_venv = project.venv is not None
    progress = Progress()
    try:
        with lock(project.state / "packages.lock", command):
            result = apply(project, packages, progress)
    finally:
        progress.clear()
    result.new_shell = "flake.nix" in result.files or (project.venv is not None) != had_venv
    return _answer(project, word, result)


def _answer(project: Project, word: str, result: Result) -> Answer:
    """What was added (`word` is "added") or removed ("removed"), and what is next."""
    what, command = _next(project, result) if result.files else ("", "")
    packages = [
        {"name": name, "file": file} for file, names in result.files.items() for name in names
    ]
    preposition = "to" if word == "added" else "from"
    lines = [
        f"{word.capitalize()} {preposition} {file}: {', '.join(names)}."
        for file, names in result.files.items()
    ]
    lines += [line for line in (*result.notes, what) if line]
    lines += [f"  Next: {command}"] if command else []
    return Answer({word: packages, "notes": result.notes, "next": command or None}, lines)


def _next(project: Project, result: Result) -> tuple[str, str]:
    """How it reaches what runs already: in words, and the command."""
    there = "" if Path.cwd() == project.root else f"cd {shlex.quote(str(project.root))} && "
    if supervisor.answers(project):
        if result.new_shell:
            return (
                "JupyterLab and open shells have the packages from before until they start again.",
                f"{there}./stop && ./start",
            )
        return "Notebooks that are open see the change when their kernel is started again.", ""
    # direnv enters the new shell by itself.
    entered = os.environ.get("IN_NIX_SHELL") and not called_by_path()
    if result.new_shell and entered and "DIRENV_DIR" not in os.environ:
        return (
            "This shell has the packages from before. Leave it with: exit",
            f"{there}./start    or: nix develop",
        )
    return "", ""
