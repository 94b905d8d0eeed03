"""`lab --help`, the help of one command, and the commands that features add."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .table import COMMANDS, options_of


class Added(NamedTuple):
    """A command of a feature: what follows its name, what it does, which directory Python runs."""

    usage: str
    summary: str
    directory: Path


def find_added() -> dict[str, Added]:
    """By name, the commands that the features of the project at hand add."""
    root = os.environ.get("NIX_JUPYTER_ROOT")
    files = sorted(Path(root, "nix", "features").glob("*/commands.json")) if root else []
    return {
        name: Added(command["usage"], command["summary"], file.parent / command["directory"])
        for file in files
        for name, command in json.loads(file.read_text(encoding="utf-8")).items()
    }


def run_added(command: Added, arguments: list[str]) -> int:
    """Become the command, in the project's environment, which is brought up to date before.

    It works where the user is, and is told how `lab` was called there, for its messages.
    """
    from ..base import called
    from ..base import project as projects

    project = projects.load()
    if project.venv:
        from ..base.terminal import Progress
        from ..packages import venv

        progress = Progress()
        venv.bring_up_to_date(project, progress)
        progress.clear()
    os.umask(project.umask)
    os.environ["NIX_JUPYTER_CALLED"] = called.typed()
    with suppress(OSError):
        os.chdir(called.place("."))
    # -B: no compiled files between the project's own.
    os.execv(project.python, [project.python, "-I", "-B", str(command.directory), *arguments])


# `lab --help`, and the help of one command.


def overview() -> int:
    """Print all commands, those of features too."""
    print("lab runs JupyterLab and the services of this project.\n")
    lines = {_usage(name): command.summary for name, command in COMMANDS.items()}
    for name, command in find_added().items():
        lines[f"{name} {command.usage}"] = command.summary
    width = max(map(len, lines))
    for usage, summary in lines.items():
        print(f"  lab {usage:{width}}  {summary}")
    print("\n`start` and `stop` are short for `lab start` and `lab stop`.")
    print("Every command but attach takes --json. More about one: lab start --help")
    return 0


def _usage(name: str) -> str:
    command = COMMANDS[name]
    words = [name, *(f"[{option}]" for option in command.options), command.takes]
    return " ".join(filter(None, words))


def help_of(name: str) -> int:
    """Print what a command takes and does."""
    options, summary = options_of(name), COMMANDS[name].summary
    print(f"lab {_usage(name)}\n\n{summary[0].upper()}{summary[1:]}.")
    if options:
        print()
    for option, meaning in options.items():
        print(f"  {option:14}{meaning}")
    return 0
