"""Names of packages, what the project's own, pinned nixpkgs has, and the list in flake.nix."""

import difflib
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..base.errors import Problem
from ..base.project import Project

# Names of packages as people type them, and the name that PyPI and nixpkgs have for each.


# `importedAs`: what is imported is not always what is installed, and PyPI has no package of that
# name, or one that is there to say so. `inNixpkgs`: where nixpkgs has another name than PyPI;
# whether it is there is asked of the project's nixpkgs. Nix and create-nix-jupyter read it too.
_TABLE = json.loads(Path(__file__).with_name("known.json").read_text(encoding="utf-8"))
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
    command = ["sh", "-c", ". nix/enter.sh && nix_jupyter_choose_shell"]
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


# The list `pythonPackages` in the text of flake.nix. All else stays byte for byte.


# What may hide a bracket or a name: comments and texts. Then names, with dots, and single signs.
TOKEN = re.compile(
    r"(?P<hidden>\#[^\n]*|/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|''(?:[^']|'(?!')|'''|''\$)*'')"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_'-]*(?:\.[A-Za-z_][A-Za-z0-9_'-]*)*)"
    r"|(?P<sign>\S)",
    re.DOTALL,
)
INDENT = "  "


class NotFound(Exception):
    """There is no list of a form that can be edited safely."""


class NixList:
    """The list in one text of flake.nix."""

    def __init__(self, text: str) -> None:
        self._text = text
        tokens = [m for m in TOKEN.finditer(text) if m.lastgroup != "hidden"]
        words = [m.group() for m in tokens]
        starts = [i for i in range(len(words)) if words[i : i + 2] == ["pythonPackages", "="]]
        if len(starts) != 1:
            raise NotFound
        self._begin = tokens[starts[0]].start()
        head = starts[0] + 2
        opening = self._head(words, head)
        self._open = tokens[opening].start()
        closing = _closing(words, opening)
        self._close = tokens[closing].start()
        self._end = tokens[closing].end()
        members = [(tokens[i], i) for i in range(opening + 1, closing)]
        depth = 0
        self._members: list[re.Match[str]] = []
        for token, index in members:
            depth += (words[index] in "([{") - (words[index] in ")]}")
            if depth == 0 and token.lastgroup == "word":
                self._members.append(token)

    def _head(self, words: list[str], index: int) -> int:
        """Where the list opens, after `ps: with ps;` or `ps:`. Sets what stands before names."""
        argument = words[index]
        if words[index + 1 : index + 5] == [":", "with", argument, ";"]:
            opening, self._prefix = index + 5, ""
        elif words[index + 1] == ":":
            opening, self._prefix = index + 2, f"{argument}."
        else:
            raise NotFound
        if words[opening] != "[":
            raise NotFound
        return opening

    @property
    def names(self) -> list[str]:
        """The packages in it that are named plainly."""
        words = [token.group() for token in self._members]
        return [w.removeprefix(self._prefix) for w in words if w.startswith(self._prefix)]

    def add(self, names: list[str]) -> str:
        """The text with these names at the end of the list."""
        new = [f"{self._prefix}{name}" for name in names]
        inside = self._text[self._open + 1 : self._close]
        words = [*inside.split(), *new]
        short = len(words) - len(new) == len(self._members) <= 1
        if short and self._on_one_line():
            if len(words) > 1:
                return self._expanded(words)
            return self._replace(self._open, self._close + 1, _brackets(words))
        kept = inside.rstrip()
        if "\n" not in inside[len(kept) :]:
            space = "" if inside != kept else " "
            return self._replace(self._close, self._close, f"{space}{' '.join(new)} ")
        end = self._open + 1 + len(kept)
        lines = "".join(f"\n{self._member_indent()}{word}" for word in new)
        return self._replace(end, end, lines)

    def remove(self, names: list[str]) -> str:
        """The text without these names."""
        text = self._text
        for token in reversed(self._members):
            if token.group() in [f"{self._prefix}{name}" for name in names]:
                start, end = _whole_line(text, token.start(), token.end())
                text = text[:start] + text[end:]
        return NixList(text)._folded() if text != self._text else text

    def _folded(self) -> str:
        """A list of one name or none, laid out as `_expanded` does, is one line again."""
        words = self._text[self._open + 1 : self._close].split()
        if len(words) > 1 or len(words) != len(self._members):
            return self._text
        if self._text != self._expanded(words):
            return self._text
        head = self._head_text()
        return self._replace(self._begin, self._end, f"pythonPackages = {head} {_brackets(words)}")

    def _expanded(self, words: list[str]) -> str:
        """The layout of nixfmt for more than one name."""
        line = self._text[self._text.rfind("\n", 0, self._begin) + 1 : self._begin]
        inner = line + INDENT
        members = "".join(f"{inner}{INDENT}{word}\n" for word in words)
        layout = f"pythonPackages =\n{inner}{self._head_text()} [\n{members}{inner}]"
        return self._replace(self._begin, self._end, layout)

    def _head_text(self) -> str:
        return self._text[self._begin : self._open].partition("=")[2].strip()

    def _on_one_line(self) -> bool:
        start = self._text.rfind("\n", 0, self._begin) + 1
        return "\n" not in self._text[start : self._end] and not self._text[
            start : self._begin
        ].strip(" \t")

    def _member_indent(self) -> str:
        """As the last name has it; without names, one step more than the closing bracket."""
        for token in reversed(self._members):
            start = self._text.rfind("\n", 0, token.start()) + 1
            before = self._text[start : token.start()]
            if not before.strip():
                return before
        line = self._text[self._text.rfind("\n", 0, self._close) + 1 : self._close]
        return line + INDENT

    def _replace(self, start: int, end: int, new: str) -> str:
        return self._text[:start] + new + self._text[end:]


def _closing(words: list[str], opening: int) -> int:
    depth = 0
    for index in range(opening, len(words)):
        depth += (words[index] == "[") - (words[index] == "]")
        if depth == 0:
            return index
    raise NotFound


def _brackets(words: list[str]) -> str:
    return " ".join(["[", *words, "]"])


def _whole_line(text: str, start: int, end: int) -> tuple[int, int]:
    """The name's whole line when it has one to itself (a comment after it is about it)."""
    line_start = text.rfind("\n", 0, start) + 1
    newline = text.find("\n", end)
    line_end = len(text) if newline < 0 else newline
    after = text[end:line_end].strip()
    if not text[line_start:start].strip() and (not after or after.startswith("#")):
        return line_start, line_end + 1
    if text[end : end + 1] == " ":
        return start, end + 1
    return start, end
