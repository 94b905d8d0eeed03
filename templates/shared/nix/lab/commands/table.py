"""The table of commands. Each is the function of its name, in the file of its name beside this."""

from typing import NamedTuple


class Command(NamedTuple):
    """A command: what follows its name, options beside --json, what it does."""

    takes: str
    options: dict[str, str]
    summary: str


# A command prints nothing by itself but what takes its time, and gives an Answer.
COMMANDS = {
    "start": Command(
        "",
        {
            "--foreground": "stay and show the logs; Ctrl-C ends everything",
            "--no-open": "print the address, and leave the browser alone",
            "--from FILE": "take programs and packages from a file of `lab bundle`",
            "--on HOST": "start on another computer, by ssh, and open it here",
        },
        "start JupyterLab and the project's services",
    ),
    "stop": Command("", {}, "stop all of that, and the kernels too"),
    "status": Command("", {}, "show what runs (exit code always 0)"),
    "url": Command(
        "[SERVICE]", {}, "print the address that opens JupyterLab or a service, secret included"
    ),
    "open": Command("[SERVICE]", {}, "open JupyterLab or a service in the browser"),
    "logs": Command("[SERVICE]", {"-f": "go on showing new lines"}, "show what the services print"),
    "attach": Command("", {}, "watch the services on a full screen"),
    "restart": Command("[SERVICE]", {}, "restart one service, or all"),
    "add": Command(
        "NAME…", {}, "add Python packages, where this project keeps them, and install them"
    ),
    "remove": Command("NAME…", {}, "remove Python packages"),
    "sync": Command("", {}, "bring the virtual environment (.venv) up to date"),
    "lock": Command(
        "",
        {"--upgrade": "take newer versions, too, of what is locked already"},
        "write down the exact versions of the packages from PyPI",
    ),
    "bundle": Command(
        "FILE",
        {},
        "write the project and all that it needs into one file, for a computer without network",
    ),
    "audit": Command("", {}, "see what others on this computer can reach"),
    "doctor": Command("", {}, "find out why something does not work"),
}
# Those of a project that runs on another computer: remote/commands.py.
ELSEWHERE = ("start", "stop", "status", "url", "open", "logs", "attach", "restart")
JSON = {"--json": "print the result for programs"}


def options_of(name: str) -> dict[str, str]:
    """A screen is the one thing that is not for programs."""
    return COMMANDS[name].options | (JSON if name != "attach" else {})
