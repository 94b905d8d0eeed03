"""The requirement files, line by line: what they ask for, and requirements.txt as their lock."""

import re
from collections.abc import Iterator
from pathlib import Path

from ..base.project import Project
from ..base.terminal import Problem, edit
from .names import Wanted, canonical

# What they ask for, in the files, too, that they name with -r.


REFERENCE = re.compile(r"(?:-r|--requirement)[\s=]*(.+)")
COMMENT = re.compile(r"(^|\s)#.*")
HASHES = re.compile(r"\s--hash[=\s].*")
# Where a version control system or a directory is the source, no file could have a hash.
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
                raise Problem(f"{place}: there is no file {other}.", edit(file))
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
        # As pip reads it: a name alone is a package, whatever directory has the same one.
        is_directory = "/" in line.text and (file.parent / line.text).is_dir()
        if UNHASHABLE.match(line.text) or is_directory:
            raise Problem(
                f"{line.place}: {line.text} cannot be installed here. This project installs only "
                "files whose hash it knows, from a package index or an https address.",
                "take that line out, or name a released version",
            )


# The lines of requirements.in: packages are put in and taken out, and all else stays as it is.


def names_in(file: Path) -> list[str]:
    """The packages that a file asks for, by their canonical names."""
    return [name for line in _lines_of(file) if (name := _name_in(line))]


def with_packages(file: Path, wanted: list[Wanted]) -> str:
    """The file's text with these packages: in the place of the same one, or at the end."""
    lines = _lines_of(file)
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


def without_packages(file: Path, unwanted: list[str]) -> str:
    """The file's text without the lines of these packages."""
    return "".join(line for line in _lines_of(file) if _name_in(line) not in unwanted)


def _lines_of(file: Path) -> list[str]:
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


# requirements.txt where it is the lock of requirements.in: what stands in it.


# A name with its version or address. What follows, indented, are hashes and who has asked for it.
_ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[.*\])?(?:==([^\s;\\]+)|\s*@\s*(\S+))(.*\n?(?:[ \t].*\n?)*)",
    re.MULTILINE,
)
_ANY_ENTRY = re.compile(r"^(?![#\s-]).+(?:\n[ \t].*)*", re.MULTILINE)
_LEFT_OUT = "# The following packages were excluded from the output:"


def is_lock(project: Project) -> bool:
    """Is it written by `lab lock`? Without requirements.in it is the user's own file."""
    return (project.root / "requirements.in").exists()


def read_lock(project: Project) -> str:
    """The whole file; empty when it is not there."""
    file = project.root / "requirements.txt"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def pins_in(lock: str) -> dict[str, tuple[str, str]]:
    """Version and address of each package, of which one is empty, by canonical name."""
    return {canonical(name): (version, url) for name, version, url, _ in _ENTRY.findall(lock)}


def direct(lock: str) -> list[str]:
    """The packages that are in it because requirements.in itself asks for them."""
    found = _ENTRY.findall(lock)
    return [canonical(name) for name, _, _, rest in found if "-r requirements.in" in rest]


def unhashed(lock: str) -> list[str]:
    """What has no hash, and so was not written by `lab lock`."""
    entries = [entry for entry in _ANY_ENTRY.findall(lock) if "--hash=" not in entry]
    return [re.split(r"\s#", entry)[0].strip() for entry in entries]


def left_to_nix(lock: str) -> list[str]:
    """The packages that it leaves out because Nix has them."""
    _, mark, rest = lock.partition(_LEFT_OUT)
    return re.findall(r"^# (\S+)$", rest, re.MULTILINE) if mark else []
