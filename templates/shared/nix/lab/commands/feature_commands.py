"""Commands that features add: nix/features/<id>/commands.json."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Added(NamedTuple):
    """A command of a feature: what follows its name, what it does, which folder Python runs."""

    usage: str
    summary: str
    folder: Path


def find_added() -> dict[str, Added]:
    """By name, the commands that the features of the project at hand add."""
    root = os.environ.get("NIX_JUPYTER_ROOT")
    files = sorted(Path(root, "nix", "features").glob("*/commands.json")) if root else []
    return {
        name: Added(command["usage"], command["summary"], file.parent / command["folder"])
        for file in files
        for name, command in json.loads(file.read_text(encoding="utf-8")).items()
    }


def run_added(command: Added, arguments: list[str]) -> int:
    """Become the command, in the project's environment, which is brought up to date before.

    It works where the user is, and is told how `lab` was called there, for its messages.
    """
    from ..base import invocation
    from ..base import project as projects

    project = projects.load()
    if project.venv:
        from ..base.terminal import Progress
        from ..packages import venv

        progress = Progress()
        venv.bring_up_to_date(project, progress)
        progress.clear()
    os.umask(project.umask)
    os.environ["NIX_JUPYTER_CALLED"] = invocation.typed()
    with suppress(OSError):
        os.chdir(invocation.place("."))
    # -B: no compiled files between the project's own.
    os.execv(project.python, [project.python, "-I", "-B", str(command.folder), *arguments])
