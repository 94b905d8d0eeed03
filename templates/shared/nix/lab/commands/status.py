"""`lab status`: what runs, and what has failed."""

from collections.abc import Iterator
from typing import Any

from ..base import project as projects
from ..base.invocation import here
from ..base.terminal import Answer
from ..services import supervisor
from ..services.status import status_of


def status(options: set[str], arguments: list[str]) -> Answer:
    """Show the state of each service. The exit code is 0 whether anything runs or not."""
    project = projects.load()
    try:
        report = status_of(project)
    except supervisor.Busy as busy:
        data = {"project": project.name, "root": str(project.root), "running": None}
        return Answer(data, str(busy).split("\n"))
    return Answer(report, list(status_lines(report)))


def status_lines(report: dict[str, Any]) -> Iterator[str]:
    """What runs, for a person."""
    if not report["running"]:
        yield f"{report['project']} is not running. Next: {here('lab start')}"
        return
    yield f"{report['project']} is running" + (f": {report['url']}" if report["url"] else ".")
    width = max(len(service["name"]) for service in report["services"])
    for service in report["services"]:
        state = _state(service)
        facts = [service["url"]] if service["running"] else []
        if service["restarts"]:
            facts.append(f"restarts: {service['restarts']}")
        if service["failed"]:
            facts.append(f"Next: {here(f'lab logs {service["name"]}')}")
        yield f"  {service['name']:{width}}  {state:8}  {', '.join(facts)}".rstrip()


def _state(service: dict[str, Any]) -> str:
    if service["ready"]:
        return "ready"
    if service["running"]:
        return "starting"
    return "failed" if service["failed"] else "stopped"
