"""`lab audit`: what others on this computer can reach of the project."""

import json

import audit
import project as projects
from terminal import say


def run(options: set[str], arguments: list[str]) -> int:
    """Ask every port without a secret, look at files and processes. 1 when something is open."""
    project = projects.load()
    ports, risks = audit.report(project)
    if "--json" in options:
        say(json.dumps(audit.as_data(project, ports, risks), indent=2))
        return 1 if risks else 0
    for port in ports:
        where = f"{port.address}:{port.port}"
        say(f"{port.answer:15}  {where:21}  {port.service} (process {port.pid}): {port.detail}")
    for risk in risks:
        say(f"PROBLEM  {risk.message}")
        say(f"         Next: {risk.fix}")
    say(f"Problems: {len(risks)}." if risks else "Nobody else on this computer is answered.")
    return 1 if risks else 0
