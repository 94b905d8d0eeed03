"""process-compose: the program that starts the services, restarts them and ends them.

It runs without a terminal, in the state folder, and is spoken to over a unix socket there; its TCP
port, which would obey every user of the machine, is never opened.
"""

import json
import os
import shlex
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

from ..base.errors import Problem
from ..base.files import last_words, write
from ..base.project import MARK, Project
from ..base.terminal import Progress
from ..base.variables import inherited
from . import definitions, ports
from .definitions import Service
from .ports import FIRST_DESCRIPTOR

CONFIG = "process-compose.json"
LOADED = "NIX_JUPYTER_DOTENV"  # the variables that nix/shell.sh has loaded, for the shell
MAX_RESTARTS = 10


def socket_of(project: Project) -> Path:
    """The socket that the supervisor listens on. It exists while one runs."""
    return project.state / "pc.sock"


def _own_socket(project: Project) -> Path:
    """The socket, looked at before it is spoken to. Raises Problem when it is not ours."""
    path = socket_of(project)
    try:
        status = path.lstat()
    except FileNotFoundError:
        raise ports.NoAnswer("there is no socket") from None
    if not stat.S_ISSOCK(status.st_mode) or status.st_uid != os.getuid():
        message = f"lab did not make {path}: it is no socket of yours."
        raise Problem(message, f"rm -rf {shlex.quote(str(path))}")
    return path


class Busy(Problem):
    """A supervisor runs, and does not answer in time: it is not to be ended for that."""

    def __init__(self, project: Project) -> None:
        message = f"{project.name} runs, and process-compose, which runs it, does not answer."
        super().__init__(message, "lab status    when the computer is less busy; or: lab stop")


def answers(project: Project) -> bool:
    """Does a supervisor run for this project?"""
    try:
        return ports.ask_socket(_own_socket(project), "GET", "/live").status == 200
    except ports.Slow:
        return True
    except ports.NoAnswer:
        return False


def states(project: Project) -> dict[str, dict[str, Any]]:
    """What the supervisor says of each service: status, pid, restarts, exit_code, is_running.

    Raises NoAnswer when none runs, and Busy.
    """
    try:
        body = ports.ask_socket(_own_socket(project), "GET", "/processes").body
        return {state["name"]: state for state in json.loads(body)["data"]}
    except ports.Slow:
        raise Busy(project) from None
    except (ValueError, KeyError) as error:
        raise ports.NoAnswer(str(error)) from None


def request_stop(project: Project) -> None:
    """Ask the supervisor to end its services and itself. Does not wait for it."""
    # It answers when all is over; whether all is over is seen by looking at the processes.
    try:
        ports.ask_socket(_own_socket(project), "POST", "/project/stop", timeout=0.05)
    except ports.NoAnswer:
        pass


def start_service(project: Project, name: str) -> bool:
    """Start one service that does not run. False while its last run has not ended."""
    return ports.ask_socket(_own_socket(project), "POST", f"/process/start/{name}").status == 200


def stop_service(project: Project, name: str) -> None:
    """Ask one service to end. Does not wait for it."""
    ports.ask_socket(_own_socket(project), "PATCH", f"/process/stop/{name}")


def command(project: Project, *arguments: str) -> list[str]:
    """The command line of process-compose. It is to be run in the state folder."""
    program = project.facts["processCompose"]
    return [program, *arguments, "--use-uds", "--unix-socket", socket_of(project).name]


def spawn(
    project: Project, services: list[Service], descriptors: list[int]
) -> subprocess.Popen[bytes]:
    """Start the supervisor with its services, so that it outlives this command.

    It holds the descriptors that reserve ports (ports.py) for as long as it runs.
    """
    write(project.state / CONFIG, config(project, services))
    arguments = command(
        project,
        *("up", "--tui=false", "--keep-project", "--disable-dotenv", "--config", CONFIG),
        *("--log-file", "log/process-compose.log"),
    )
    with open(project.log("supervisor"), "wb") as errors:
        return subprocess.Popen(
            arguments,
            cwd=project.state,
            env=environment(project),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the services' output again, which goes to their logs
            stderr=errors,
            start_new_session=True,
            pass_fds=descriptors,
            umask=project.umask,
        )


def environment(project: Project) -> dict[str, str]:
    """The environment of the supervisor and of all that it starts."""
    result = inherited()
    # A user's own settings for process-compose could open its TCP port or leave a service out, and
    # a JUPYTER_TOKEN would win over the project's token.
    for name in [name for name in result if name.startswith("PC_")]:
        del result[name]
    result.pop("JUPYTER_TOKEN", None)
    # Each service reads .env itself when it starts, so that a restart sees its changes.
    for name in result.pop(LOADED, "").split():
        result.pop(name, None)
    if project.without_venv:
        result.pop("VIRTUAL_ENV", None)
        folders = result["PATH"].split(":")
        result["PATH"] = ":".join(f for f in folders if f != str(project.root / ".venv" / "bin"))
    # Under ssh, a bash that seems to be the first one reads ~/.bashrc, whatever it is to run.
    result["SHLVL"] = "1"
    result["PROC_COMP_CONFIG"] = str(project.state / "process-compose")
    result[MARK] = str(project.state)
    return result


def config(project: Project, services: list[Service]) -> str:
    """The supervisor's configuration, as JSON (which is YAML, which process-compose reads)."""
    # The descriptors that reserve ports are the supervisor's, and nobody else's.
    numbers = range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + len(services))
    close = " ".join(["exec", *(f"{number}>&-" for number in numbers)])
    text = json.dumps(
        {
            "version": "0.5",
            "name": project.name,
            "is_strict": True,
            "shell": {"shell_command": project.facts["bash"], "shell_argument": "-pc"},
            "processes": {service.name: _process(project, service, close) for service in services},
        },
        indent=2,
        ensure_ascii=False,
    )
    # process-compose replaces $NAME in the whole file before it reads it, by way of a marker with
    # ##, and takes one of two backslashes away. Written as escapes, these characters are seen by
    # the reader of the JSON only, and a user's "$HOME" reaches the shell.
    for character, escape in (("\\\\", "\\u005c"), ("$", "\\u0024"), ("#", "\\u0023")):
        text = text.replace(character, escape)
    return text


def _process(project: Project, service: Service, close: str) -> dict[str, Any]:
    variables = [f"{name}={value}" for name, value in service.environment.items()]
    return {
        "command": _literal(f"{close}\n{_with_dotenv(project, service.command)}"),
        "working_dir": _literal(str(project.root)),
        "environment": [_literal(variable) for variable in variables],
        "log_location": f"log/{service.name}.log",
        "log_configuration": {
            "disable_json": True,
            "no_color": True,
            "no_metadata": True,
            "fields_order": ["message"],
            "flush_each_line": True,
            "rotation": {"max_size_mb": 10, "max_backups": 1},
        },
        "availability": {
            "restart": "on_failure",
            "backoff_seconds": 1,
            "max_restarts": MAX_RESTARTS,
        },
        # No timeout: process-compose then misses the end of a service that ends at once, and waits
        # for all of it. Whatever does not obey is ended by us (commands/start.py).
        "shutdown": {"signal": 15},
    }


def _with_dotenv(project: Project, command: str) -> str:
    source, file = project.facts["shell"], str(project.root / ".env")
    return f"source {shlex.quote(source)}; nix_jupyter_load_dotenv {shlex.quote(file)}\n{command}"


def _literal(text: str) -> str:
    """Write a text so that process-compose's templates leave it as it is."""
    return text.replace("{{", '{{"{{"}}')


# Waiting until all services answer, or until it is clear that one never will.


State = dict[str, Any]

PAUSE = 0.05
LAST_WORDS = 1.0  # seconds, for a service that ended without a word
PATIENCE = 120  # seconds; the first start from a cold disk is slow, a service that died is noticed


class EndedMeanwhile(Exception):
    """A service that ran when we began to wait has ended in good order, as by *Shut Down*."""


def wait_until_ready(
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
        if name == definitions.JUPYTER:
            raise problem
        failed.append(problem)

    # Of a service that has failed already, the words that are there tell why.
    broken = {name for name, state in before.items() if not state["is_running"]}
    sizes = {name: 0 if name in broken else _size(project, name) for name in ports}
    deadline = time.monotonic() + PATIENCE
    while True:
        states = _states(project, process)
        waiting -= {name for name in waiting if _ready(project, name, ports, states)}
        if not waiting:
            return failed
        shown = sorted(waiting, key=lambda name: name != definitions.JUPYTER)
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
                fail(name, f"it did not answer within {PATIENCE} seconds", f"lab logs {name}")
        time.sleep(PAUSE)


def _ready(project: Project, name: str, ports: dict[str, int], states: dict[str, State]) -> bool:
    state = states.get(name)
    return bool(
        state
        and state["is_running"]
        and definitions.ready(project, name, ports[name], state["pid"])
    )


def _why(name: str, port: int, state: State) -> tuple[str, str]:
    """Why it ended, and the command that helps."""
    reason = f"it ended with exit code {state['exit_code']}"
    if not ports.listeners_on(port):
        return reason, f"lab logs {name}"
    # Somebody was quicker. The supervisor tries the same port again; a new start takes another.
    return (
        f"{reason}, and port {port} is taken by {ports.holder(port)}",
        "lab stop && lab start",
    )


def _states(project: Project, process: subprocess.Popen[bytes] | None) -> dict[str, State]:
    try:
        return states(project)
    except (ports.NoAnswer, Busy):
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
    log = "".join(f"\n  | {line}" for line in lines) or " nothing."
    return Problem(f"{name} is not ready: {reason}. The end of its log:{log}", fix)


def _words_at_end(project: Project, name: str, start: int) -> list[str]:
    """The end of the log. The supervisor may still be writing it when the service is gone."""
    deadline = time.monotonic() + LAST_WORDS
    before = start
    while time.monotonic() < deadline:
        time.sleep(PAUSE)
        size = _size(project, name)
        if start < size == before:
            break
        before = size
    return last_words(project.log(name), 12, start)


def _supervisor_ended(project: Project) -> None:
    lines = last_words(project.log("supervisor"), 5)
    lines = lines or last_words(project.log("process-compose"), 5)
    log = "".join(f"\n  | {line}" for line in lines)
    raise Problem(f"process-compose ended while it was starting the services.{log}", "lab doctor")
