"""`lab audit`: what others on this computer can reach of the project."""

from typing import Any

from ..base import project as projects
from ..base.invocation import here
from ..base.project import Project
from ..base.terminal import Answer
from ..checks.audit import Port, report
from ..checks.findings import Finding, line
from ..services import host_name


def audit(options: set[str], arguments: list[str]) -> Answer:
    """Ask every port without a secret, look at files and processes. 1 when something is open."""
    project = projects.load()
    found, risks = report(project)
    lines = []
    for port in found:
        where = f"{port.address}:{port.port}"
        by = f"{port.service} (process {port.pid}): {port.detail}"
        lines.append(f"{port.answer:15}  {where:21}  {by}")
    for risk in risks:
        lines += [f"PROBLEM  {risk.message}", f"         Next: {here(risk.fix)}"]
    problems = f"Problems: {len(risks)}."
    lines.append(problems if risks else line("audit").message)
    return Answer(_as_data(project, found, risks), lines, 1 if risks else 0)


def _as_data(project: Project, found: list[Port], risks: list[Finding]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "project": project.name,
        "host": host_name.read(project),
        "ports": [port._asdict() for port in found],
        "findings": [risk._asdict() for risk in risks],
    }
