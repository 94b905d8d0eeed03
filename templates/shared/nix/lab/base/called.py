"""How `lab` was called and where, so that a message names commands that work there."""

import os
import shlex
import sys
from pathlib import Path

# Services carry this variable, and so does everything that they start. It is how `lab stop` finds
# what is left of a project when the supervisor was killed. (NIX_JUPYTER_STATE would not do: it is
# set in every shell of the project, and those are the user's own.)
MARK = "NIX_JUPYTER_SUPERVISED"

# In the project's shell, `lab` is on PATH. Elsewhere it was called by a path, such as ./lab,
# which that script tells. What runs in the project is not told: there, `lab` is on PATH.
_CALLED = os.environ.pop("NIX_JUPYTER_CALLED", "lab")
# `./lab` goes into the project's directory first.
_CALLED_IN = os.environ.pop("NIX_JUPYTER_CALLED_IN", "")

AGAIN = os.environ.pop("NIX_JUPYTER_AGAIN", "").removeprefix("!")

# What runs a command on this computer, for who has started the project from another one.
_BY = os.environ.pop("NIX_JUPYTER_BY", "")
_OF_THIS_COMPUTER = ("df ", "rm ")

# In a cell of a notebook, a line for the shell begins with "!". The project's scripts say that this
# is one: on the way, they drop the variables of the kernel.
CELL = "NIX_JUPYTER_CELL"
_MARK = os.environ.pop(CELL, "")
# Programs of the system that messages name, and what does nothing in a cell: it asks, or changes
# the shell that it is typed in.
_PROGRAMS = ("cd", "chmod", "df", "env", "git", "kill", "ls", "mv", "npx", "rm", "ssh")
_OF_TERMINALS = ("less", "sudo", "ulimit", os.environ.get("EDITOR", "nano"))


def place(name: str) -> Path:
    """The whole path of a file, from where the user is."""
    try:
        where = _CALLED_IN or os.getcwd()
    except FileNotFoundError:  # it was deleted; most names are whole paths
        where = os.sep
    return Path(os.path.normpath(Path(where) / name))


def called() -> str:
    """What calls it from everywhere on this computer; in the project's shell, `lab`."""
    return str(place(_CALLED)) if called_by_path() else _CALLED


def called_by_path() -> bool:
    """Was it called by a path such as ./lab, so from outside of the project's shell?"""
    return _CALLED != "lab"


def here(commands: str) -> str:
    """Write commands such as `lab lock && lab sync` so that they work where they are printed."""
    import re  # 20 ms, which only a message needs

    name = typed()
    begin = ""
    if _BY and commands.startswith(_OF_THIS_COMPUTER):
        command = re.split(" && lab | {4}", commands, maxsplit=1)[0]
        commands = f"{_BY} {shlex.quote(command)}{commands[len(command) :]}"
    if _MARK and not commands.startswith("cd to "):
        if commands.startswith(tuple(f"{program} " for program in _PROGRAMS)):
            begin = _MARK
        elif commands.startswith(tuple(f"{program} " for program in _OF_TERMINALS)):
            begin = "in a terminal:  "

    def written(found: re.Match[str]) -> str:
        # What is in quotes is the name of something, and may have the word in it.
        if found[0] != "lab ":
            return found[0]
        goes_on = commands[: found.start()].endswith("&& ")
        return f"{'' if goes_on else _MARK}{name} "

    pattern = r"""'[^']*'|"[^"]*"|(?<![\w./#-])lab (?=[a-z-])"""
    return begin + re.sub(pattern, written, commands)


def again(*variables: str) -> str:
    """The same command with some variables, in a form that every shell takes."""
    return shlex.join(["env", *variables, *([] if AGAIN else ["lab", *sys.argv[1:]])]) + AGAIN


def in_jupyterlab() -> bool:
    """Is this a terminal or a kernel of this project's JupyterLab? A service is the same."""
    state = os.environ.get("NIX_JUPYTER_STATE")
    return state is not None and os.environ.get(MARK) == state


def in_cell() -> bool:
    """Is this a cell of a notebook?"""
    return bool(_MARK)


def typed() -> str:
    """What calls it where the user is: `lab`, or a path such as ./lab."""
    return _runs(_CALLED) if called_by_path() else _CALLED


def script(name: str) -> str:
    """The project's `start`, `stop` or `lab`, as it can be typed where this is printed."""
    if not in_jupyterlab():
        if called_by_path():
            return _MARK + _runs(f"{_CALLED.removesuffix('lab')}{name}")
        if Path(name).is_file():
            return _MARK + _runs(f"./{name}")
    return _MARK + _runs(str(Path(os.environ.get("NIX_JUPYTER_ROOT", "."), name)))


def _runs(file: str) -> str:
    """A script as it can be typed: with `sh` where its executable bit was lost on the way."""
    needs_sh = place(file).is_file() and not os.access(place(file), os.X_OK)
    return f"sh {shlex.quote(file)}" if needs_sh else shlex.quote(file)
