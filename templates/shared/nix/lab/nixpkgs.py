"""Names of packages, and what the project's own, pinned nixpkgs has."""

import difflib
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .problem import Problem
from .project import Project

# Names of packages as people type them, and the name that PyPI and nixpkgs have for each.


# `importedAs`: what is imported is not always what is installed, and PyPI has no package of that
# name, or one that is there to say so. `inNixpkgs`: where nixpkgs has another name than PyPI;
# whether it is there is asked of the project's nixpkgs. Nix and create-nix-jupyter read it too.
_TABLE = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
IMPORTED_AS: dict[str, str] = _TABLE["importedAs"]
IN_NIXPKGS: dict[str, str] = _TABLE["inNixpkgs"]

# A name, then extras, versions, a marker, an address: those are checked by who installs.
REQUIREMENT = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)((?:\s*(?:\[|[<>=!~]=|[<>]|;)[^\n]*|\s+@[^\n]+)?)"
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


def parse(typed: Iterable[str]) -> list[Wanted]:
    """What was typed, each package once; a Problem (exit code 2) for what is no name."""
    return list({wanted.name: wanted for wanted in map(Wanted, typed)}.values())


def nearest(name: str, known: Iterable[str]) -> str:
    """A known name that may have been meant, or an empty text."""
    near = difflib.get_close_matches(name, [canonical(each) for each in known], 1, 0.75)
    return near[0] if near else ""


# What the project's own, pinned nixpkgs has: it is asked, by evaluation, and nothing is built.


FEATURES = ["--extra-experimental-features", "nix-command flakes"]

# tryEval: nixpkgs refuses what is broken, unfree or not for this Python by a `throw`.
QUESTION = """
ps:
let
  asked = builtins.fromJSON ''%s'';
  isPackage =
    attribute:
    let
      package = ps.${attribute};
      tried = builtins.tryEval (
        (package.pythonModule.pythonVersion or null) == ps.python.pythonVersion
        && builtins.isString package.drvPath
      );
    in
    tried.success && tried.value;
  answer =
    attributes:
    let
      there = builtins.filter (attribute: ps ? ${attribute}) attributes;
      usable = builtins.filter isPackage there;
    in
    {
      attribute = if usable == [ ] then null else builtins.head usable;
      refused = there != [ ] && usable == [ ];
    };
  answers = builtins.mapAttrs (_: answer) asked;
  missing = builtins.any (each: each.attribute == null) (builtins.attrValues answers);
in
{
  inherit answers;
  names = if missing then builtins.attrNames ps else [ ];
}
"""


class Answer:
    """For each name the attribute or None; what is refused; all names, if one is not there."""

    @classmethod
    def empty(cls) -> "Answer":
        """The answer to no question."""
        return cls({"answers": {}, "names": []})

    def __init__(self, said: dict[str, Any]) -> None:
        answers = said["answers"]
        self.attributes: dict[str, str | None] = {
            name: each["attribute"] for name, each in answers.items()
        }
        self.refused = [name for name, each in answers.items() if each["refused"]]
        self.names: list[str] = said["names"]


def ask(project: Project, wanted: list[Wanted]) -> Answer:
    """Ask which of the packages nixpkgs has; a Problem when it cannot be asked."""
    if not wanted:
        return Answer.empty()
    # Attribute names hold only letters, digits, - and _: nothing of them can end the Nix string.
    question = QUESTION % json.dumps({each.name: each.attributes for each in wanted})
    flake = shell(project).partition("#")[0]
    output = f"{flake}#devShells.{project.facts['system']}.default.python.pkgs"
    command = [*program(), "eval", "--json", output, "--apply", question]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()][-6:]
        lines = "".join(f"\n  | {line[:300]}" for line in said)
        message = f"{project.root / 'flake.nix'} cannot be evaluated:{lines}"
        raise Problem(message, "correct that file, then the same command again")
    return Answer(json.loads(done.stdout))


def shell(project: Project) -> str:
    """The shell that ./start would enter, as an address for `nix develop`."""
    command = ["sh", "nix/choose-shell.sh"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(done.stderr.strip(), "lab doctor")
    return done.stdout.strip()


def program() -> list[str]:
    """The command `nix`, with flakes on; a Problem when it is not at hand."""
    nix = shutil.which("nix")
    if nix is None:
        raise Problem(
            "The command nix is not on PATH here, so the project's nixpkgs cannot be asked.",
            "open a terminal outside of the project's shell, and type: nix run .#lab -- add NAME",
        )
    return [nix, *FEATURES]
