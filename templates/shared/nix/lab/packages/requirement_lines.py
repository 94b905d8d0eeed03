"""The lines of requirements.in: packages are put in and taken out, and all else stays as it is."""

import re
from pathlib import Path

from packages.names import Wanted, canonical


def names(file: Path) -> list[str]:
    """The packages that a file asks for, by their canonical names."""
    return [name for line in _lines(file) if (name := _name_in(line))]


def add(file: Path, wanted: list[Wanted]) -> str:
    """The file's text with these packages: in the place of the same one, or at the end."""
    lines = _lines(file)
    for package in wanted:
        places = [i for i, line in enumerate(lines) if _name_in(line) == package.name]
        if places:
            # A comment behind it stays.
            comment = re.search(r"\s+#.*", lines[places[0]], re.DOTALL)
            rest = comment.group() if comment else _ending(lines[places[0]])
            lines[places[0]] = package.text + rest
        else:
            if lines and not lines[-1].endswith("\n"):
                lines[-1] += "\n"
            lines.append(f"{package.text}\n")
    return "".join(lines)


def remove(file: Path, unwanted: list[str]) -> str:
    """The file's text without the lines of these packages."""
    return "".join(line for line in _lines(file) if _name_in(line) not in unwanted)


def _lines(file: Path) -> list[str]:
    if not file.exists():
        return []
    with open(file, encoding="utf-8", newline="") as text:  # line ends stay as they are
        return text.read().splitlines(keepends=True)


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _name_in(line: str) -> str:
    """The package of one line; empty for a comment, an option of pip's or an address alone."""
    found = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?=[\[<>=!~;@\\#]|$)", line)
    return canonical(found[1]) if found else ""
