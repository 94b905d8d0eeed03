"""What went wrong, said to a person."""

import os

# In the project's shell, `lab` is on PATH. Elsewhere it was called by a path, such as ./lab,
# which that script tells. What runs in the project is not told: there, `lab` is on PATH.
_CALLED = os.environ.pop("NIX_JUPYTER_CALLED", "lab")


def called_by_path() -> bool:
    """Was it called by a path such as ./lab, so from outside of the project's shell?"""
    return _CALLED != "lab"


def here(commands: str) -> str:
    """Write commands such as `lab stop && lab start` so that they work where they are printed."""
    import re  # 20 ms, which only a message needs
    import shlex

    called = shlex.quote(_CALLED)
    return re.sub(r"(?<![\w./#-])lab (?=[a-z])", lambda _: f"{called} ", commands)


class Problem(Exception):
    """Something that the user can fix: what happened, and the one command that fixes it."""

    def __init__(self, message: str, fix: str | None = None, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        return f"{self.message}\n  Try: {here(self.fix)}" if self.fix else self.message


class Interrupted(Exception):
    """A signal asks us to leave. Carries the exit code that shells expect (128 + signal)."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.code = 128 + signum
