"""What a check can say: lines of the catalogue, and what features let the doctor ask."""

import functools
import json
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..base.project import Project
from ..base.terminal import Problem
from ..packages import manifests, venv
from ..services.process_compose import with_dotenv


class Finding(NamedTuple):
    """All is well, or what is wrong in one sentence and the one command that fixes it."""

    name: str
    ok: bool
    message: str
    fix: str | None


# Every line that the doctor can say, by name. The program create-nix-jupyter has the same file.
CATALOGUE = Path(__file__).with_name("doctor.json")


@functools.cache
def _catalogue() -> dict[str, dict[str, str]]:
    lines: dict[str, dict[str, str]] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return lines


def line(name: str, /, **slots: object) -> Finding:
    """A line of the catalogue, with its slots filled in."""
    said = _catalogue()[name]
    text, fix = said.get("good") or said["problem"], said.get("fix")
    message = text.format(**slots)
    return Finding(name, "good" in said, message, fix.format(**slots) if fix else None)


def found_by(check: Callable[[Project], Iterator[Finding]], project: Project) -> Iterator[Finding]:
    """What a check finds; what stops it, as a file that holds something else, is found too."""
    try:
        yield from check(project)
    except Problem as problem:
        yield Finding("check-stopped", False, problem.message, problem.fix)


def quoted(path: Path) -> str:
    """A path as a shell takes it."""
    return shlex.quote(str(path))


# What features let the doctor ask: nix/features/<id>/doctor.json.


def asked_for(project: Project) -> Iterator[Finding]:
    """Is what each feature needs there?

    A question is a command, which answers by its exit code, with the sentence for either answer
    and the command that fixes it. `when`, another command, says whether it is asked at all. Both
    have the variables of .env, as services have them.
    None is asked before the environment is that of the project's files: their commands would fix
    nothing.
    """
    files = sorted((project.root / "nix" / "features").glob("*/doctor.json"))
    if files and manifests.entered_before(project):
        yield line("flake-changed")
        return
    if project.venv and not venv.up_to_date(project):
        return  # it is said above
    for file in files:
        for question in json.loads(file.read_text()):
            if "when" in question and not _succeeds(project, question["when"]):
                continue
            if _succeeds(project, question["test"]):
                yield Finding(file.parent.name, True, question["good"], None)
            else:
                yield Finding(file.parent.name, False, question["problem"], question["fix"])


def _succeeds(project: Project, command: list[str]) -> bool:
    words = [project.facts["bash"], "-c", with_dotenv(project, shlex.join(command))]
    return not subprocess.run(words, cwd=project.root, capture_output=True, check=False).returncode
