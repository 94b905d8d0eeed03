"""The words on the command line: which command, which options, and help for each."""

import json
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from .base.errors import Interrupted, Problem
from .base.terminal import give


class Command(NamedTuple):
    """A command: what follows its name, options beside --json, what it does, where it is."""

    takes: str
    options: dict[str, str]
    summary: str
    module: str
    function: str


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
        "commands.start",
        "start",
    ),
    "stop": Command("", {}, "stop all of that, and the kernels too", "commands.start", "stop"),
    "status": Command("", {}, "show what runs (exit code always 0)", "commands.show", "status"),
    "url": Command(
        "[SERVICE]",
        {},
        "print the address that opens JupyterLab or a service, secret included",
        "commands.show",
        "url",
    ),
    "open": Command(
        "[SERVICE]",
        {},
        "open JupyterLab or a service in the browser",
        "commands.show",
        "open_in_browser",
    ),
    "logs": Command(
        "[SERVICE]",
        {"-f": "go on showing new lines"},
        "show what the services print",
        "commands.show",
        "logs",
    ),
    "attach": Command("", {}, "watch the services on a full screen", "commands.show", "attach"),
    "restart": Command("[SERVICE]", {}, "restart one service, or all", "commands.start", "restart"),
    "add": Command(
        "NAME…",
        {},
        "add Python packages, where this project keeps them, and install them",
        "commands.add",
        "add",
    ),
    "remove": Command("NAME…", {}, "remove Python packages", "commands.remove", "remove"),
    "sync": Command(
        "", {}, "bring the virtual environment (.venv) up to date", "commands.sync", "sync"
    ),
    "lock": Command(
        "",
        {"--upgrade": "take newer versions, too, of what is locked already"},
        "write down the exact versions of the packages from PyPI",
        "commands.lock",
        "lock",
    ),
    "bundle": Command(
        "FILE",
        {},
        "write the project and all that it needs into one file, for a computer without network",
        "commands.bundle",
        "bundle",
    ),
    "audit": Command(
        "", {}, "see what others on this computer can reach", "commands.audit", "audit"
    ),
    "doctor": Command("", {}, "find out why something does not work", "commands.doctor", "doctor"),
}
# Those of a project that runs on another computer: remote/commands.py.
ELSEWHERE = ("start", "stop", "status", "url", "open", "logs", "attach", "restart")
JSON = {"--json": "print the result for programs"}
HELP = ("-h", "--help")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Every failure is a message, never a traceback."""
    # Unwound like Ctrl-C, so that nothing stays half done.
    for signum in SIGNALS:
        signal.signal(signum, _interrupt)
    try:
        return _dispatch(arguments)
    except Problem as found:
        print(found, file=sys.stderr)
        return found.code
    except KeyboardInterrupt:
        return 130
    except Interrupted as interrupted:
        return interrupted.code
    except BrokenPipeError:
        # `lab logs | head`: nobody reads on. Python would complain once more when it closes.
        sys.stderr.close()
        return 141
    except Exception as error:  # noqa: BLE001 (whatever it is, the user gets a message)
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    from .base import errors

    found = errors.explain_disk(error) if isinstance(error, OSError) else None
    if not found:
        return errors.report_unexpected()
    print(found, file=sys.stderr)
    return found.code


def _interrupt(signum: int, frame: object) -> None:
    # A terminal that closes can send two; the second would cut short what the first has begun.
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    if signum == signal.SIGINT:
        raise KeyboardInterrupt
    raise Interrupted(signum)


def _dispatch(arguments: Sequence[str]) -> int:
    name, *rest = arguments or ("",)
    if name in ("", *HELP, "help"):
        return _help(rest[0]) if rest and rest[0] in COMMANDS else _overview()
    if name == "exchange":  # what remote/files.py asks for, on the other computer
        from .remote.files import serve

        return serve()
    if name not in COMMANDS:
        added = _added()
        if name in added:
            return _run_added(added[name], rest)
        kind = "option" if name.startswith("-") else "command"
        near = _nearest(name, [*COMMANDS, *added])
        raise Problem(f'lab has no {kind} "{name}".{near}', "lab --help", 2)
    if any(word in HELP for word in rest):
        return _help(name)
    options, words = _split(name, rest)
    command = COMMANDS[name]
    if name in ELSEWHERE and _is_elsewhere(options):
        from .remote import commands

        return commands.run(name, options, words)
    # The other commands' modules are not loaded.
    module = import_module(f".{command.module}", __package__)
    answer = getattr(module, command.function)(options, words)
    return answer if isinstance(answer, int) else give(answer, options)


def _is_elsewhere(options: set[str]) -> bool:
    from .base.project import is_elsewhere

    return is_elsewhere() or any(option.startswith("--on=") for option in options)


def _split(name: str, rest: list[str]) -> tuple[set[str], list[str]]:
    takes, known = COMMANDS[name].takes, [option.split()[0] for option in _options(name)]
    rest = _join_values(name, rest)
    options = {word for word in rest if word.startswith("-")}
    for word in sorted(options):
        if word.partition("=")[0] not in known:
            message = f'lab {name} has no option "{word}".{_nearest(word, known)}'
            raise Problem(message, f"lab {name} --help", 2)
    words = [word for word in rest if not word.startswith("-")]
    if len(words) > bool(takes) and not takes.endswith("…"):
        many = "only one argument" if takes else "no arguments"
        message = f'lab {name} takes {many}: "{words[-1]}" is one too many.'
        raise Problem(message, f"lab {name} --help", 2)
    return options, words


def _join_values(name: str, rest: list[str]) -> list[str]:
    """An option that is followed by a value and the value are one word: --from=FILE."""
    followed = [option.split()[0] for option in _options(name) if " " in option]
    joined: list[str] = []
    waiting = iter(rest)
    for word in waiting:
        value = next(waiting, "") if word in followed else word.partition("=")[2]
        option = word.partition("=")[0]
        if option in followed and not value:
            raise Problem(f"lab {name} {option} needs a value.", f"lab {name} --help", 2)
        joined.append(f"{option}={value}" if option in followed else word)
    return joined


def _options(name: str) -> dict[str, str]:
    """A screen is the one thing that is not for programs."""
    return COMMANDS[name].options | (JSON if name != "attach" else {})


def _nearest(word: str, known: Iterable[str]) -> str:
    import difflib

    word, known = word.lower(), list(known)
    # Who has typed only the begin of a word means that one.
    begun = [each for each in known if len(word) > 2 and each.startswith(word)]
    near = begun if len(begun) == 1 else difflib.get_close_matches(word, known, 1, 0.5)
    return f' Did you mean "{near[0]}"?' if near else ""


def _overview() -> int:
    print("lab runs JupyterLab and the services of this project.\n")
    lines = {_usage(name): command.summary for name, command in COMMANDS.items()}
    for name, command in _added().items():
        lines[f"{name} {command.usage}"] = command.summary
    width = max(map(len, lines))
    for usage, summary in lines.items():
        print(f"  lab {usage:{width}}  {summary}")
    print("\n`start` and `stop` are short for `lab start` and `lab stop`.")
    print("Every command but attach takes --json. More about one: lab start --help")
    return 0


def _usage(name: str) -> str:
    command = COMMANDS[name]
    words = [name, *(f"[{option}]" for option in command.options), command.takes]
    return " ".join(filter(None, words))


def _help(name: str) -> int:
    options, summary = _options(name), COMMANDS[name].summary
    print(f"lab {_usage(name)}\n\n{summary[0].upper()}{summary[1:]}.")
    if options:
        print()
    for option, meaning in options.items():
        print(f"  {option:14}{meaning}")
    return 0


# Commands that features add: nix/features/<id>/commands.json.


class Added(NamedTuple):
    """A command of a feature: what follows its name, what it does, which folder Python runs."""

    usage: str
    summary: str
    folder: Path


def _added() -> dict[str, Added]:
    """By name, the commands that the features of the project at hand add."""
    root = os.environ.get("NIX_JUPYTER_ROOT")
    files = sorted(Path(root, "nix", "features").glob("*/commands.json")) if root else []
    return {
        name: Added(command["usage"], command["summary"], file.parent / command["folder"])
        for file in files
        for name, command in json.loads(file.read_text(encoding="utf-8")).items()
    }


def _run_added(command: Added, arguments: list[str]) -> int:
    """Become the command, in the project's environment, which is brought up to date before.

    It works where the user is, and is told how `lab` was called there, for its messages.
    """
    from .base import invocation
    from .base import project as projects

    project = projects.load()
    if project.venv:
        from .base.terminal import Progress
        from .packages import venv

        progress = Progress()
        venv.bring_up_to_date(project, progress)
        progress.clear()
    os.umask(project.umask)
    os.environ["NIX_JUPYTER_CALLED"] = invocation.typed()
    with suppress(OSError):
        os.chdir(invocation.place("."))
    # -B: no compiled files between the project's own.
    os.execv(project.python, [project.python, "-I", "-B", str(command.folder), *arguments])
