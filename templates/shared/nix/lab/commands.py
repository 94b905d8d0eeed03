"""Commands that features add to `lab`: nix/features/<id>/commands.json."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from . import project as projects
from .terminal import Progress


class Added(NamedTuple):
    """A command of a feature: what follows its name, what it does, and the folder that Python runs for it."""

    usage: str
    summary: str
    folder: Path


def added() -> dict[str, Added]:
    """By name, the commands that the features of the project at hand add."""
    root = os.environ.get("NIX_JUPYTER_ROOT")
    files = sorted(Path(root, "nix", "features").glob("*/commands.json")) if root else []
    return {
        name: Added(command["usage"], command["summary"], file.parent / command["folder"])
        for file in files
        for name, command in json.loads(file.read_text(encoding="utf-8")).items()
    }


def run(command: Added, arguments: list[str]) -> int:
    """Become the command, in the project's environment, which is brought up to date before."""
    project = projects.load()
    if project.venv:
        from . import venv

        progress = Progress()
        venv.bring_up_to_date(project, progress)
        progress.clear()
    os.umask(project.umask)
    # -B: no compiled files between the project's own.
    os.execv(project.python, [project.python, "-I", "-B", str(command.folder), *arguments])
