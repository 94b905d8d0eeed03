"""How process-compose is started, with which environment and which configuration."""

import json
import shlex
import subprocess
from typing import Any

from ..base.called import MARK
from ..base.files import read_own, write
from ..base.project import Project, inherited
from . import computers
from .definitions import Service, define
from .names import service_names
from .ports import FIRST_DESCRIPTOR, remembered
from .supervisor import socket_of

CONFIG = "process-compose.json"
LOADED = "NIX_JUPYTER_DOTENV"  # the variables that nix/scripts/dotenv.sh has loaded, for the shell
MAX_RESTARTS = 10


def command(project: Project, *arguments: str) -> list[str]:
    """The command line of process-compose. It is to be run in the state directory."""
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
    held = computers.hold(project, FIRST_DESCRIPTOR + len(services))
    with open(project.log("supervisor"), "wb") as errors, open(held, "rb"):
        return subprocess.Popen(
            arguments,
            cwd=project.state,
            env=environment(project),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the services' output again, which goes to their logs
            stderr=errors,
            start_new_session=True,
            pass_fds=[*descriptors, held],
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
    if project.without_venv or not project.venv:  # or no more, since its last package is gone
        result.pop("VIRTUAL_ENV", None)
        directories = result["PATH"].split(":")
        result["PATH"] = ":".join(
            f for f in directories if f != str(project.root / ".venv" / "bin")
        )
    # Under ssh, a bash that seems to be the first one reads ~/.bashrc, whatever it is to run.
    result["SHLVL"] = "1"
    result["PROC_COMP_CONFIG"] = str(project.state / "process-compose")
    result[MARK] = str(project.state)
    return result


def config(project: Project, services: list[Service]) -> str:
    """The supervisor's configuration, as JSON (which is YAML, which process-compose reads)."""
    # What reserves ports, and the file that is held, are the supervisor's, and nobody else's.
    numbers = range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + len(services) + 1)
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
        "command": _literal(f"{close}\n{with_dotenv(project, service.command)}"),
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


def is_behind(project: Project) -> bool:
    """Would the services be started in another way now, since a file of the project changed?"""
    chosen = remembered(project)
    if set(chosen) != set(service_names(project)):
        return True
    now = config(project, define(project, chosen))
    return now != read_own(project.state / CONFIG, limit=1 << 20)


def with_dotenv(project: Project, command: str) -> str:
    """A command for bash, with the variables of .env as a service has them."""
    source, file = project.facts["shell"], str(project.root / ".env")
    return f"source {shlex.quote(source)}; nix_jupyter_load_dotenv {shlex.quote(file)}\n{command}"


def _literal(text: str) -> str:
    """Write a text so that process-compose's templates leave it as it is."""
    return text.replace("{{", '{{"{{"}}')
