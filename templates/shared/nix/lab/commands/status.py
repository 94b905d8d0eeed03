"""`lab status`: what runs, since the supervisor knows and the services answer."""

from typing import Any

import ports
import project as projects
import request
import services
import supervisor
from problem import here
from project import Project
from terminal import say


def run(options: set[str], arguments: list[str]) -> int:
    """Show the state of each service. The exit code is 0 whether anything runs or not."""
    project = projects.load()
    report = _report(project)
    if "--json" in options:
        import json

        say(json.dumps(report, indent=2))
    else:
        _show(report)
    return 0


def _report(project: Project) -> dict[str, Any]:
    chosen = ports.remembered(project)
    try:
        states = supervisor.states(project)
    except request.NoAnswer:
        states = {}
    known = states and services.JUPYTER in chosen
    found = [_service(project, name, states.get(name), chosen) for name in services.names(project)]
    url = services.page(project, services.JUPYTER, chosen[services.JUPYTER]) if known else None
    return {
        "project": project.name,
        "root": str(project.root),
        "state": str(project.state),
        "running": bool(states),
        "url": url,
        "services": found,
    }


def _service(
    project: Project, name: str, state: dict[str, Any] | None, chosen: dict[str, int]
) -> dict[str, Any]:
    running = bool(state and state["is_running"])
    pid = state["pid"] if running and state else None
    port = chosen.get(name)
    return {
        "name": name,
        "running": running,
        "ready": bool(pid and port and services.ready(project, name, port, pid)),
        "pid": pid,
        "port": port if running else None,
        "url": services.address(project, port) if running and port else None,
        "failed": bool(state and not running and state["exit_code"]),
        "restarts": state["restarts"] if state else 0,
    }


def _show(report: dict[str, Any]) -> None:
    if not report["running"]:
        say(f"{report['project']} is not running. Next: {here('lab start')}")
        return
    say(f"{report['project']} is running: {report['url']}")
    width = max(len(service["name"]) for service in report["services"])
    for service in report["services"]:
        state = _state(service)
        facts = [service["url"]] if service["running"] else []
        if service["failed"]:
            facts.append(f"Next: {here(f'lab logs {service["name"]}')}")
        if service["restarts"]:
            facts.append(f"restarts: {service['restarts']}")
        say(f"  {service['name']:{width}}  {state:8}  {', '.join(facts)}".rstrip())


def _state(service: dict[str, Any]) -> str:
    if service["ready"]:
        return "ready"
    if service["running"]:
        return "starting"
    return "failed" if service["failed"] else "stopped"
