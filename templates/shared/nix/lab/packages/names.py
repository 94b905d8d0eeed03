"""Names of packages as people type them, and the name that PyPI and nixpkgs have for each."""

import difflib
import fcntl
import json
import os
import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from ..base.terminal import Problem

# `importedAs`: what is imported is not always what is installed, and PyPI has no package of that
# name, or one that is there to say so. `inNixpkgs`: where nixpkgs has another name than PyPI;
# whether it is there is asked of the project's nixpkgs. Nix and create-nix-jupyter read it too.
_TABLE = json.loads(Path(__file__).with_name("known.json").read_text(encoding="utf-8"))
IMPORTED_AS: dict[str, str] = _TABLE["importedAs"]
IN_NIXPKGS: dict[str, str] = _TABLE["inNixpkgs"]

# A name, then extras, versions, a marker, an address: those are checked by who installs.
REQUIREMENT = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"((?:\s*(?:\[|(?:===?|[<>!~]=|[<>])\s*\w|;)[^\n]*|\s+@[^\n]+)?)"
)


class Wanted:
    """One package as it was typed: `text` for PyPI, `name` as packaging compares names."""

    def __init__(self, typed: str) -> None:
        found = REQUIREMENT.fullmatch(typed.strip())
        if not found:
            raise Problem(
                f'"{typed}" is not the name of a Python package.',
                "write names like these: lab add numpy 'polars>=1.30' 'httpx[http2]'",
                2,
            )
        typed_name, rest = found.groups()
        self.name = IMPORTED_AS.get(canonical(typed_name), canonical(typed_name))
        self.text = self.name + rest if self.name in IMPORTED_AS.values() else typed_name + rest
        # Only a bare name is nixpkgs' to give: it has one version, and no extras.
        self.bare = not rest

    @property
    def attributes(self) -> list[str]:
        """The names that nixpkgs may have for it, the likeliest first."""
        mapped = IN_NIXPKGS.get(self.name)
        names = [mapped] if mapped else []
        names += [self.name, self.name.replace("-", "_")]
        # Attributes of Nix begin with a letter; those that do not are written with a `_` before.
        return list(dict.fromkeys(f"_{name}" if name[0].isdigit() else name for name in names))


def canonical(name: str) -> str:
    """The form in which two names are the same package: lower case, runs of `-_.` as one dash."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    """The canonical name of the package that a requirement begins with."""
    return canonical(re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0])


def parse(typed: Iterable[str]) -> list[Wanted]:
    """What was typed, each package once; a Problem (exit code 2) for what is no name."""
    return list({wanted.name: wanted for wanted in map(Wanted, typed)}.values())


def refuse_redirected(typed: list[str]) -> None:
    """Raise Problem where the shell took a version for a file: `lab add polars>=1.30`.

    It has made that file, and the version is lost.
    """
    file = Path(_standard_output())
    if not file.is_file() or not re.fullmatch(r"=\S+|\d+(\.\d+)*", file.name):
        return  # a terminal is called /dev/pts/1
    wanted = f"{typed[0] if len(typed) == 1 else 'NAME'}>{file.name}"
    raise Problem(
        f'The shell took ">{file.name}" for the name of a file. A version needs quotes.',
        f"rm {shlex.quote(str(file))} && lab add {shlex.quote(wanted)}",
        2,
    )


def _standard_output() -> str:
    """The path of the file that standard output goes to, as far as the system tells it."""
    try:
        if hasattr(fcntl, "F_GETPATH"):  # macOS
            return fcntl.fcntl(1, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0").decode()
        return os.readlink("/proc/self/fd/1")
    except (OSError, ValueError):
        return ""


def nearest(name: str, known: Iterable[str]) -> str:
    """A known name that may have been meant, or an empty text."""
    near = difflib.get_close_matches(name, [canonical(each) for each in known], 1, 0.75)
    return near[0] if near else ""
