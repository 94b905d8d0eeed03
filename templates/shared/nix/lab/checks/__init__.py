"""What `lab doctor` looks at. A check yields findings and changes nothing."""

from collections.abc import Callable, Iterator

from project import Project


class Finding:
    """All is well, or what is wrong in one sentence and the one command that fixes it."""

    def __init__(self, name: str, message: str, fix: str | None = None, ok: bool = False) -> None:
        self.name = name
        self.ok = ok
        self.message = message
        self.fix = fix


Check = Callable[[Project], Iterator[Finding]]


def good(name: str, message: str) -> Finding:
    """All is well with this."""
    return Finding(name, message, ok=True)


def all_checks() -> list[Check]:
    """Every check, in the order in which one would look oneself."""
    from checks import extensions, files, graphics, packages, processes, unrecorded

    return [
        *packages.CHECKS,
        *unrecorded.CHECKS,
        *extensions.CHECKS,
        *graphics.CHECKS,
        *processes.CHECKS,
        *files.CHECKS,
    ]
