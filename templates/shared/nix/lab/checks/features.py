"""What features let the doctor ask: nix/features/<id>/doctor.json."""

import json
import subprocess
from collections.abc import Iterator

from ..base.project import Project
from .findings import Finding


def asked_for(project: Project) -> Iterator[Finding]:
    """Is what each feature needs there?

    A question is a command, which answers by its exit code, with the sentence for either answer
    and the command that fixes it. `when`, another command, says whether it is asked at all.
    """
    for file in sorted((project.root / "nix" / "features").glob("*/doctor.json")):
        for question in json.loads(file.read_text()):
            if "when" in question and not _succeeds(project, question["when"]):
                continue
            if _succeeds(project, question["test"]):
                yield Finding(file.parent.name, True, question["good"], None)
            else:
                yield Finding(file.parent.name, False, question["problem"], question["fix"])


def _succeeds(project: Project, command: list[str]) -> bool:
    try:
        ran = subprocess.run(command, cwd=project.root, capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return ran.returncode == 0
