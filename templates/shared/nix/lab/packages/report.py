"""What `lab add` and `lab remove` say at the end: what is where, and how what runs gets it."""

import json
import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import supervisor
from problem import called_by_path
from project import Project
from terminal import say


@dataclass
class Result:
    """What was changed: the packages by file, remarks, and whether a new shell is needed for it."""

    files: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    new_shell: bool = False


def show(project: Project, word: str, result: Result, *, for_programs: bool) -> None:
    """Print the result of adding (`word` is "added") or removing ("removed"), and what is next."""
    what, command = _next(project, result) if result.files else ("", "")
    if for_programs:
        packages = [
            {"name": name, "file": file} for file, names in result.files.items() for name in names
        ]
        report = {word: packages, "notes": result.notes, "next": command or None}
        say(json.dumps(report, indent=2))
        return
    for file, names in result.files.items():
        preposition = "to" if word == "added" else "from"
        say(f"{word.capitalize()} {preposition} {file}: {', '.join(names)}.")
    for line in (*result.notes, what):
        if line:
            say(line)
    if command:
        say(f"  Next: {command}")


def _next(project: Project, result: Result) -> tuple[str, str]:
    """How it reaches what runs already: in words, and the command."""
    there = "" if Path.cwd() == project.root else f"cd {shlex.quote(str(project.root))} && "
    if supervisor.answers(project):
        if result.new_shell:
            return (
                "JupyterLab and open shells have the packages from before until they start again.",
                f"{there}./stop && ./start",
            )
        return "Notebooks that are open have it when their kernel is started again.", ""
    # direnv enters the new shell by itself.
    entered = os.environ.get("IN_NIX_SHELL") and not called_by_path()
    if result.new_shell and entered and "DIRENV_DIR" not in os.environ:
        return (
            "This shell has the packages from before. Leave it with: exit",
            f"{there}./start    or: nix develop",
        )
    return "", ""
