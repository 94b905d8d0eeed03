"""`lab doctor` and `lab audit`: why something does not work, and what others can reach."""

from collections.abc import Callable, Iterator
from typing import Any

from ..base import project as projects
from ..base.called import here
from ..base.project import Project
from ..base.terminal import Answer
from ..checks import environment, files, findings, running
from ..checks.audit import Port, report
from ..checks.findings import Finding, line
from ..services import secret

# In the order in which one would look oneself. A check yields findings, and changes nothing.
CHECKS: list[Callable[[Project], Iterator[Finding]]] = [
    environment.tools,
    environment.environment,
    environment.versions,
    environment.unrecorded,
    environment.extensions,
    environment.driver,
    running.running,
    running.open_to_others,
    files.flake,
    files.scripts,
    files.git,
    files.state_directory,
    files.disk,
    files.local_nix,
    files.dotenv,
    files.direnv,
    files.page,
    findings.asked_for,
]


def doctor(options: set[str], arguments: list[str]) -> Answer:
    """Run all checks. The exit code is 1 when one of them has found a problem."""
    project = projects.load()
    # What stops several checks is said once.
    each = dict.fromkeys(f for check in CHECKS for f in findings.found_by(check, project))
    found = [_typed(finding) for finding in each]
    problems = [finding for finding in found if not finding.ok]
    lines = []
    for finding in found:
        lines.append(f"{'ok     ' if finding.ok else 'PROBLEM'}  {finding.message}")
        if finding.fix:
            lines.append(f"         Next: {finding.fix}")
    lines += ["", f"Problems: {len(problems)}." if problems else "No problem was found."]
    return Answer([finding._asdict() for finding in found], lines, 1 if problems else 0)


def _typed(finding: Finding) -> Finding:
    """With its command as it is typed here, for people and for programs."""
    return finding._replace(fix=here(finding.fix)) if finding.fix else finding


# `lab audit`: what others on this computer can reach of the project.


def audit(options: set[str], arguments: list[str]) -> Answer:
    """Ask every port without a secret, look at files and processes. 1 when something is open."""
    project = projects.load()
    found, risks = report(project)
    risks = [_typed(risk) for risk in risks]
    lines = []
    for port in found:
        where = f"{port.address}:{port.port}"
        by = f"{port.service} (process {port.pid}): {port.detail}"
        lines.append(f"{port.answer:15}  {where:21}  {by}")
    for risk in risks:
        lines += [f"PROBLEM  {risk.message}", f"         Next: {risk.fix}"]
    problems = f"Problems: {len(risks)}."
    lines.append(problems if risks else line("audit").message)
    return Answer(_as_data(project, found, risks), lines, 1 if risks else 0)


def _as_data(project: Project, found: list[Port], risks: list[Finding]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "project": project.name,
        "host": secret.read_host(project),
        "ports": [port._asdict() for port in found],
        "findings": [risk._asdict() for risk in risks],
    }
