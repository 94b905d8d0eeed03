"""What went wrong, said to a person."""


class Problem(Exception):
    """Something that the user can mend: what happened, and the one command that mends it."""

    def __init__(self, message: str, fix: str | None = None, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code

    def __str__(self) -> str:
        return f"{self.message}\n  Try: {self.fix}" if self.fix else self.message


class Interrupted(Exception):
    """A signal asks us to leave. Carries the exit code that shells expect (128 + signal)."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.code = 128 + signum
