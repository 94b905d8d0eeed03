"""What the project's own, pinned nixpkgs has: it is asked, by evaluation, and nothing is built."""

import json
import shutil
import subprocess
from typing import Any

from ..base.programs import NIX
from ..base.project import Project
from ..base.terminal import Problem, indented
from .names import Wanted

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
    done = subprocess.run(  # it writes flake.lock where there is none
        command,
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        umask=project.umask,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()][-6:]
        message = f"{project.root / 'flake.nix'} cannot be evaluated:{indented(said)}"
        raise Problem(message, "correct that file, then run the same command again")
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
    if shutil.which(NIX[0]) is None:
        raise Problem(
            "The command nix is not on PATH here, so the project's nixpkgs cannot be asked.",
            "open a terminal outside of the project's shell, and type: nix run '.#lab' -- add NAME",
        )
    return [*NIX]
