"""How `lab` was called, so that what it prints can be typed where it is printed."""

import os
import shlex
from pathlib import Path

# In the project's shell, `lab` is on PATH. Elsewhere it was called by a path, such as ./lab,
# which that script tells. What runs in the project is not told: there, `lab` is on PATH.
_CALLED = os.environ.pop("NIX_JUPYTER_CALLED", "lab")
# `./lab` goes into the project's folder first.
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
    """Write commands such as `lab stop && lab start` so that they work where they are printed."""
    import re  # 20 ms, which only a message needs

    return re.sub(r"(?<![\w./#-])lab (?=[a-z-])", lambda _: f"{typed()} ", commands)


def typed() -> str:
    """What calls it where the user is: `lab`, or a path such as ./lab."""
    return shlex.quote(_CALLED)


def stop_script() -> str:
    """The project's `stop`, as it can be typed where this is printed."""
    return f"{_CALLED.removesuffix('lab')}stop" if called_by_path() else "./stop"
