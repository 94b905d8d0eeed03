"""process-compose: how it is started and configured, and what it is asked."""

import json
import os
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any

from ..base.files import write
from ..base.project import MARK, Project, inherited
from ..base.terminal import Problem
from . import http
from .definitions import Service
from .ports import FIRST_DESCRIPTOR

CONFIG = "process-compose.json"
LOADED = "NIX_JUPYTER_DOTENV"  # the variables that nix/scripts/dotenv.sh has loaded, for the shell
MAX_RESTARTS = 10


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
        # for all of it. Whatever does not obey is ended by us (shutdown.py).
        "shutdown": {"signal": 15},
    }


def _with_dotenv(project: Project, command: str) -> str:
    source, file = project.facts["shell"], str(project.root / ".env")
    return f"source {shlex.quote(source)}; nix_jupyter_load_dotenv {shlex.quote(file)}\n{command}"


def _literal(text: str) -> str:
    """Write a text so that process-compose's templates leave it as it is."""
    return text.replace("{{", '{{"{{"}}')


# process-compose: the program that starts the services, restarts them and ends them.
#
# It runs without a terminal, in the state folder, and is spoken to over a unix socket there; its
# TCP port, which would obey every user of the machine, is never opened.


def socket_of(project: Project) -> Path:
    """The socket that the supervisor listens on. It exists while one runs."""
    return project.state / "pc.sock"


def _own_socket(project: Project) -> Path:
    """The socket, looked at before it is spoken to. Raises Problem when it is not ours."""
    path = socket_of(project)
    try:
        status = path.lstat()
    except FileNotFoundError:
        raise http.NoAnswer("there is no socket") from None
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
        return http.ask_socket(_own_socket(project), "GET", "/live").status == 200
    except http.Slow:
        return True
    except http.NoAnswer:
        return False


def states(project: Project) -> dict[str, dict[str, Any]]:
    """What the supervisor says of each service: status, pid, restarts, exit_code, is_running.

    Raises NoAnswer when none runs, and Busy.
    """
    try:
        body = http.ask_socket(_own_socket(project), "GET", "/processes").body
        return {state["name"]: state for state in json.loads(body)["data"]}
    except http.Slow:
        raise Busy(project) from None
    except (ValueError, KeyError) as error:
        raise http.NoAnswer(str(error)) from None


def request_stop(project: Project) -> None:
    """Ask the supervisor to end its services and itself. Does not wait for it."""
    # It answers when all is over; whether all is over is seen by looking at the processes.
    try:
        http.ask_socket(_own_socket(project), "POST", "/project/stop", timeout=0.05)
    except http.NoAnswer:
        pass


def start_service(project: Project, name: str) -> bool:
    """Start one service that does not run. False while its last run has not ended."""
    return http.ask_socket(_own_socket(project), "POST", f"/process/start/{name}").status == 200


def stop_service(project: Project, name: str) -> None:
    """Ask one service to end. Does not wait for it."""
    http.ask_socket(_own_socket(project), "PATCH", f"/process/stop/{name}")
