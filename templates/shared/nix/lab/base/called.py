"""How `lab` was called and where, so that a message names commands that work there."""

import os
import shlex
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


def place(name: str) -> Path:
    """The whole path of a file, from where the user is."""
    return Path(os.path.normpath(Path(_CALLED_IN or Path.cwd()) / name))


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
    # In a cell of a notebook, whose kernel has this variable, a line for the shell begins with "!".
    mark = "!" if "JPY_PARENT_PID" in os.environ else ""

    def written(found: re.Match[str]) -> str:
        # What is in quotes is the name of something, and may have the word in it.
        if found[0] != "lab ":
            return found[0]
        goes_on = commands[: found.start()].endswith("&& ")
        return f"{'' if goes_on else mark}{name} "

    pattern = r"""'[^']*'|"[^"]*"|(?<![\w./#-])lab (?=[a-z-])"""
    return re.sub(pattern, written, commands)


def in_jupyterlab() -> bool:
    """Is this a terminal or a kernel of this project's JupyterLab? A service is the same."""
    state = os.environ.get("NIX_JUPYTER_STATE")
    return state is not None and os.environ.get(MARK) == state


def typed() -> str:
    """What calls it where the user is: `lab`, or a path such as ./lab."""
    return _runs(_CALLED) if called_by_path() else _CALLED


def script(name: str) -> str:
    """The project's `start`, `stop` or `lab`, as it can be typed where this is printed."""
    if not in_jupyterlab():
        if called_by_path():
            return _runs(f"{_CALLED.removesuffix('lab')}{name}")
        if Path(name).is_file():
            return _runs(f"./{name}")
    return _runs(str(Path(os.environ.get("NIX_JUPYTER_ROOT", "."), name)))


def _runs(file: str) -> str:
    """A script as it can be typed: with `sh` where its executable bit was lost on the way."""
    needs_sh = place(file).is_file() and not os.access(place(file), os.X_OK)
    return f"sh {shlex.quote(file)}" if needs_sh else shlex.quote(file)
