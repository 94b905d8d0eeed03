"""The requirement files, line by line, and what the environment of Nix has already."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import Problem
from ..base.project import Project
from .nixpkgs import Wanted, canonical

if TYPE_CHECKING:  # a start that fills nothing need not load it
    from importlib.metadata import Distribution

# What the requirement files ask for, line by line, and in the files that they name with -r.


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


def name_of(requirement: str) -> str:
    """The canonical name of the package that a requirement begins with."""
    return canonical(re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0])


def refuse_unhashable(file: Path) -> None:
    """Say what can never be locked with a hash, before anything is installed. Raises Problem."""
    for line in read(file):
        # As pip reads it: a name alone is a package, whatever folder has the same one.
        is_folder = "/" in line.text and (file.parent / line.text).is_dir()
        if UNHASHABLE.match(line.text) or is_folder:
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


# What the environment of Nix has already, so that the lock of PyPI's packages fits on top of it.
#
# The resolver is shown each package of Nix as a wheel that holds nothing but its name and
# version, and is told to take that version and to leave it out of the lock. So a package from
# PyPI that needs numpy gets a version that works with the numpy of Nix, which is not installed a
# second time.


def site_packages(project: Project) -> Path:
    """The folder in which the environment of Nix has its Python packages."""
    version = project.facts["pythonVersion"]
    return Path(project.facts["env"], "lib", f"python{version}", "site-packages")


def provided(project: Project) -> dict[str, Distribution]:
    """The packages of Nix by their canonical names."""
    from importlib.metadata import distributions

    found: dict[str, Distribution] = {}
    for package in distributions(path=[str(site_packages(project))]):
        if package.name:
            found.setdefault(canonical(package.name), package)
    return found


def installed(project: Project, prefixes: list[Path]) -> dict[str, str]:
    """Versions by canonical name. What several environments have counts as in the first one."""
    from importlib.metadata import distributions

    library = Path("lib", f"python{project.facts['pythonVersion']}", "site-packages")
    result: dict[str, str] = {}
    for package in distributions(path=[str(prefix / library) for prefix in prefixes]):
        result.setdefault(canonical(package.name), package.version)
    return result


def options(project: Project) -> list[str]:
    """The options for `uv pip compile`. Empty where all packages come from PyPI."""
    if project.facts["packages"] != "flake.nix":
        return []
    folder = project.state / "from-nix"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result = ["--find-links", str(folder), "--constraint", str(folder / "constraints.txt")]
    constraints = []
    for name, package in sorted(provided(project).items()):
        if not _version(package) or _asked_otherwise(project, name, package):
            continue
        _write_wheel(folder, name, package)
        constraints.append(f"{name}=={_version(package)}\n")
        result += ["--no-emit-package", name]
    (folder / "constraints.txt").write_text("".join(constraints), encoding="utf-8")
    return result


def _asked_otherwise(project: Project, name: str, package: Distribution) -> bool:
    """Does requirements.in want another version than Nix has? Then it comes from PyPI."""
    from packaging.requirements import InvalidRequirement, Requirement

    for line in read(project.root / "requirements.in"):
        try:
            wanted = Requirement(line.text)
        except InvalidRequirement:
            continue  # an address alone
        fits = not wanted.url and wanted.specifier.contains(package.version, prereleases=True)
        if canonical(wanted.name) == name and not fits:
            return True
    return False


def _version(package: Distribution) -> str:
    """Its version where it is one by the rules; packages of Nix may have others."""
    from packaging.version import InvalidVersion, Version

    try:
        return str(Version(package.version))
    except (InvalidVersion, TypeError):
        return ""


def _write_wheel(folder: Path, name: str, package: Distribution) -> None:
    """A wheel without files. What it needs has come along from Nix, but for its extras."""
    import zipfile

    version = _version(package)
    extras = [line for line in package.requires or [] if "extra ==" in line]
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    names = package.metadata.get_all("Provides-Extra", [])
    metadata += [f"Provides-Extra: {name}" for name in names]
    metadata += [f"Requires-Dist: {line}" for line in extras]
    stem = f"{name.replace('-', '_')}-{version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        info = f"{stem}.dist-info"
        wheel.writestr(f"{info}/METADATA", "\n".join(metadata) + "\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
