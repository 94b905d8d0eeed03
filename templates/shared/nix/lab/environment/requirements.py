"""What the requirement files ask for, line by line, and in the files that they name with -r."""

import re
from collections.abc import Iterator
from pathlib import Path

from problem import Problem

REFERENCE = re.compile(r"(?:-r|--requirement)[\s=]*(.+)")
COMMENT = re.compile(r"(^|\s)#.*")
HASHES = re.compile(r"\s--hash[=\s].*")
# Where a version control system or a folder is the source there is no file that could have a hash.
UNHASHABLE = re.compile(r"(-e|--editable)\b|(?:\S+\s*@\s*)?((git|hg|svn|bzr)\+|file:)|\.{0,2}/|~/")


class Line:
    """One requirement as it is written, and where."""

    def __init__(self, file: Path, number: int, text: str) -> None:
        self.file = file
        self.number = number
        self.text = text

    @property
    def place(self) -> str:
        """File and line, for a message."""
        return f"{self.file}, line {self.number}"


def read(file: Path, seen: set[Path] | None = None) -> Iterator[Line]:
    """Yield the requirements of a file and of those that it names. Other options are left out.

    Raises Problem where a named file is not there.
    """
    seen = set() if seen is None else seen
    if file in seen:
        return
    seen.add(file)
    for number, text in _lines(file):
        reference = REFERENCE.fullmatch(text)
        if reference and "://" not in text:
            other = file.parent / reference[1]
            if not other.is_file():
                place = Line(file, number, text).place
                raise Problem(f"{place}: there is no file {other}.", "correct that line")
            yield from read(other, seen)
        elif not text.startswith("-") or text.startswith(("-e", "--editable")):
            yield Line(file, number, text)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    begun, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first if begun else number
        begun += COMMENT.sub("", line)
        if begun.endswith("\\"):
            begun = begun[:-1]
            continue
        if plain := HASHES.sub("", begun).strip():
            yield first, plain
        begun = ""


def refuse_unhashable(file: Path) -> None:
    """Say what can never be locked with a hash, before anything is installed. Raises Problem."""
    for line in read(file):
        if UNHASHABLE.match(line.text) or (file.parent / line.text).is_dir():
            raise Problem(
                f"{line.place}: {line.text} cannot be installed here. This project installs only "
                "files whose hash it knows, from a package index or an https address.",
                "take that line out, or name a released version",
            )
