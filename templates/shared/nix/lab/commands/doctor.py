"""`lab doctor`: why something does not work, and the one command that fixes it."""

from collections.abc import Callable, Iterator

from ..base import project as projects
from ..base.invocation import here
from ..base.project import Project
from ..base.terminal import Answer
from ..checks import extensions, features, files, graphics, packages, records, running
from ..checks.findings import Finding

# In the order in which one would look oneself. A check yields findings, and changes nothing.
CHECKS: list[Callable[[Project], Iterator[Finding]]] = [
    packages.tools,
    packages.environment,
    packages.versions,
    records.unrecorded,
    extensions.extensions,
    graphics.driver,
    running.running,
    running.open_to_others,
    files.flake,
    files.git,
    files.state_folder,
    files.disk,
    files.local_nix,
    files.dotenv,
    files.direnv,
    files.page,
    features.asked_for,
]


def doctor(options: set[str], arguments: list[str]) -> Answer:
    """Run all checks. The exit code is 1 when one of them has found a problem."""
    project = projects.load()
    findings = [finding for check in CHECKS for finding in check(project)]
    problems = [finding for finding in findings if not finding.ok]
    lines = []
    for finding in findings:
        lines.append(f"{'ok     ' if finding.ok else 'PROBLEM'}  {finding.message}")
        if finding.fix:
            lines.append(f"         Next: {here(finding.fix)}")
    lines += ["", f"Problems: {len(problems)}." if problems else "No problem was found."]
    return Answer([finding._asdict() for finding in findings], lines, 1 if problems else 0)
