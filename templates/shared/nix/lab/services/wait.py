"""Waiting until all services answer, or until it is clear that one never will."""

import subprocess
import time
from typing import Any

from ..base.files import last_words
from ..base.project import Project
from ..base.terminal import Problem, Progress, indented
from . import http, listeners, readiness, supervisor
from .names import JUPYTER

State = dict[str, Any]

PAUSE_SECONDS = 0.05
LAST_WORDS_SECONDS = 1.0  # for a service that ended without a word
TIMEOUT_SECONDS = 120  # the first start from a cold disk is slow; a service that died is noticed


class EndedMeanwhile(Exception):
    """A service that ran when we began to wait has ended in good order, as by *Shut Down*."""


def until_ready(
    project: Project,
    ports: dict[str, int],
    progress: Progress,
    before: dict[str, State],
    process: subprocess.Popen[bytes] | None = None,
    restarted: bool = False,
) -> list[Problem]:
    """Wait until every service in `ports` is ready or has failed; give what is to be said of those.

    A service that fails is no reason to go without JupyterLab: that is where it would be repaired.
    Only when JupyterLab itself cannot become ready is Problem raised.
    `before` is what the supervisor said of them before they were asked to start; `process` is the
    supervisor, when it has just begun. Raises NoAnswer when it ends meanwhile, and EndedMeanwhile
    when a service does that was still running. With `restarted`, what ran before was ended by us:
    the supervisor may show that end for a moment after it was asked to start the service again.
    """
    waiting = set(ports)
    failed: list[Problem] = []

    def fail(name: str, reason: str, fix: str) -> None:
        waiting.discard(name)
        problem = _not_ready(project, name, reason, sizes[name], fix)
        if name == JUPYTER:
            raise problem
        failed.append(problem)

    # Of a service that has failed already, the words that are there tell why.
    broken = {name for name, state in before.items() if not state["is_running"]}
    sizes = {name: 0 if name in broken else _size(project, name) for name in ports}
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        states = _states(project, process)
        waiting -= {name for name in waiting if _ready(project, name, ports, states)}
        if not waiting:
            return failed
        shown = sorted(waiting, key=lambda name: name != JUPYTER)
        progress.show("Starting " + " and ".join(shown))
        if process and process.poll() is not None:
            _supervisor_ended(project)
        for name, state in states.items():
            if name in waiting and _failed(state, before.get(name)):
                fail(name, *_why(name, ports[name], state))
            elif name in waiting and not restarted and _ended_meanwhile(state, before.get(name)):
                raise EndedMeanwhile
        if time.monotonic() > deadline:
            for name in sorted(waiting):
                fail(
                    name, f"it did not answer within {TIMEOUT_SECONDS} seconds", f"lab logs {name}"
                )
        time.sleep(PAUSE_SECONDS)


def _ready(project: Project, name: str, ports: dict[str, int], states: dict[str, State]) -> bool:
    state = states.get(name)
    return bool(
        state and state["is_running"] and readiness.ready(project, name, ports[name], state["pid"])
    )


def _why(name: str, port: int, state: State) -> tuple[str, str]:
    """Why it ended, and the command that helps."""
    reason = f"it ended with exit code {state['exit_code']}"
    if not listeners.on_port(port):
        return reason, f"lab logs {name}"
    # Somebody was quicker. The supervisor tries the same port again; a new start takes another.
    return (
        f"{reason}, and port {port} is taken by {listeners.holder(port)}",
        "lab start --again",
    )


def _states(project: Project, process: subprocess.Popen[bytes] | None) -> dict[str, State]:
    try:
        return supervisor.states(project)
    except (http.NoAnswer, supervisor.Busy):
        if process is None:
            raise
        return {}  # it has not opened its socket yet


def _failed(state: State, before: State | None) -> bool:
    if state["restarts"] > (before["restarts"] if before else 0):
        return True
    # Right after it was asked to start a service, the supervisor still shows its last end.
    ended = state["status"] in ("Completed", "Error", "Skipped")
    return ended and (before is None or state["pid"] != before["pid"])


def _ended_meanwhile(state: State, before: State | None) -> bool:
    return state["status"] == "Completed" and bool(before and before["is_running"])


def _size(project: Project, name: str) -> int:
    try:
        return project.log(name).stat().st_size
    except FileNotFoundError:
        return 0


def _not_ready(project: Project, name: str, reason: str, start: int, fix: str) -> Problem:
    lines = _words_at_end(project, name, start)
    log = indented(lines) or " nothing."
    return Problem(f"{name} is not ready: {reason}. The end of its log:{log}", fix)


def _words_at_end(project: Project, name: str, start: int) -> list[str]:
    """The end of the log. The supervisor may still be writing it when the service is gone."""
    deadline = time.monotonic() + LAST_WORDS_SECONDS
    before = start
    while time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
        size = _size(project, name)
        if start < size == before:
            break
        before = size
    return last_words(project.log(name), 12, start)


def _supervisor_ended(project: Project) -> None:
    lines = last_words(project.log("supervisor"), 5)
    lines = lines or last_words(project.log("process-compose"), 5)
    message = f"process-compose ended while it was starting the services.{indented(lines)}"
    raise Problem(message, "lab doctor")
