"""The table of commands, and the words behind one: its options, and the rest."""

from collections.abc import Iterable
from typing import NamedTuple

from ..base.terminal import Problem


class Command(NamedTuple):
    """A command: what follows its name, options beside --json, what it does, and in which file.

    It is the function of its name there, beside this file.
    """

    takes: str
    options: dict[str, str]
    summary: str
    module: str


# A command prints nothing by itself but what takes its time, and gives an Answer.
COMMANDS = {
    "start": Command(
        "",
        {
            "--foreground": "stay and show the logs; Ctrl-C stops everything",
            "--no-open": "print the address; do not open the browser",
            "--again": "stop what runs first, and start it with what the project's files say now",
            "--from FILE": "take programs and packages from a file of `lab bundle`",
            "--on HOST": "start on another computer, by ssh, and open it here",
        },
        "start JupyterLab and the project's services",
        "start",
    ),
    "stop": Command("", {}, "stop JupyterLab, the services and all kernels", "stop"),
    "status": Command("", {}, "show what runs (exit code always 0)", "show"),
    "url": Command(
        "[SERVICE]",
        {},
        "print the address of JupyterLab or a service, with its secret",
        "show",
    ),
    "open": Command("[SERVICE]", {}, "open JupyterLab or a service in the browser", "show"),
    "logs": Command(
        "[SERVICE]", {"-f": "keep showing new lines"}, "show what the services print", "show"
    ),
    "attach": Command(
        "",
        {},
        "watch the services, full screen; leave with Ctrl-C and Enter, which stops none of them",
        "show",
    ),
    "restart": Command("[SERVICE]", {}, "restart one service, or all", "stop"),
    "add": Command("NAME…", {}, "add Python packages to this project, and install them", "add"),
    "remove": Command("NAME…", {}, "remove Python packages", "add"),
    "sync": Command("", {}, "bring the virtual environment (.venv) up to date", "sync"),
    "lock": Command(
        "",
        {"--upgrade": "also update what is locked already"},
        "lock the exact versions of the packages from PyPI",
        "sync",
    ),
    "bundle": Command(
        "FILE",
        {},
        "write the project and all that it needs into one file, for a computer without network",
        "bundle",
    ),
    "audit": Command("", {}, "check what other users of this computer can reach", "doctor"),
    "doctor": Command("", {}, "find out why something does not work", "doctor"),
}
# Commands that a feature adds, for a project without it. A test compares them with the features.
OF_FEATURES = {"run": "report", "mcp": "mcp"}
# Those of a project that runs on another computer: remote/commands.py.
ELSEWHERE = ("start", "stop", "status", "url", "open", "logs", "attach", "restart")
JSON = {"--json": "print the result as JSON"}


def options_of(name: str) -> dict[str, str]:
    """A screen is the one thing that is not for programs."""
    return COMMANDS[name].options | (JSON if name != "attach" else {})


# The words behind a command: its options, and the rest.


def split(name: str, rest: list[str]) -> tuple[set[str], list[str]]:
    """The options and the other words behind a command. Raises Problem for wrong ones."""
    takes, known = COMMANDS[name].takes, [option.split()[0] for option in options_of(name)]
    rest = _join_values(name, rest)
    options = {word for word in rest if word.startswith("-")}
    for word in sorted(options):
        if word.partition("=")[0] not in known:
            message = f'Unknown option "{word}" of lab {name}.{did_you_mean(word, known)}'
            raise Problem(message, f"lab {name} --help", 2)
    words = [word for word in rest if not word.startswith("-")]
    if len(words) > bool(takes) and not takes.endswith("…"):
        many = "only one argument" if takes else "no arguments"
        message = f'lab {name} takes {many}: "{words[-1]}" is one too many.'
        raise Problem(message, f"lab {name} --help", 2)
    return options, words


def _join_values(name: str, rest: list[str]) -> list[str]:
    """An option that is followed by a value and the value are one word: --from=FILE."""
    takes_value = {option.split()[0]: " " in option for option in options_of(name)}
    joined: list[str] = []
    waiting = iter(rest)
    for word in waiting:
        option, given, value = word.partition("=")
        if takes_value.get(option):
            if not given and (value := next(waiting, "")).startswith("-"):
                value = ""  # another option
            if not value:
                raise Problem(f"lab {name} {option} needs a value.", f"lab {name} --help", 2)
            word = f"{option}={value}"
        elif given and option in takes_value:
            message = f'lab {name} {option} takes no value: "{value}".'
            raise Problem(message, f"lab {name} --help", 2)
        joined.append(word)
    return joined


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question for the end of a message, where a known word is near to this one."""
    import difflib

    word, known = word.lower(), list(known)
    # Who has typed only the begin of a word means that one.
    begun = [each for each in known if len(word) > 2 and each.startswith(word)]
    near = begun if len(begun) == 1 else difflib.get_close_matches(word, known, 1, 0.5)
    return f' Did you mean "{near[0]}"?' if near else ""
