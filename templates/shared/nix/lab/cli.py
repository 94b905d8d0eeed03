"""The words on the command line: which command, which options, and help for each."""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from problem import Interrupted, Problem

# name: (arguments, options, what it does). A command is the module of its name in commands/.
COMMANDS: dict[str, tuple[str, dict[str, str], str]] = {
    "start": (
        "",
        {
            "--foreground": "stay and show the logs; Ctrl-C ends everything",
            "--no-open": "print the address, and leave the browser alone",
        },
        "start JupyterLab and the project's services",
    ),
    "stop": ("", {}, "end them, and the kernels too"),
    "status": ("", {"--json": "print it for programs"}, "show what runs (exit code always 0)"),
    "url": (
        "[SERVICE]",
        {},
        "print the address that opens JupyterLab or a service, secret included",
    ),
    "open": ("[SERVICE]", {}, "open JupyterLab or a service in the browser"),
    "logs": ("[SERVICE]", {"-f": "go on showing new lines"}, "show what the services print"),
    "attach": ("", {}, "watch the services on a full screen"),
    "restart": ("[SERVICE]", {}, "restart one service, or all"),
    "add": (
        "NAME…",
        {"--json": "print it for programs"},
        "add Python packages, where this project keeps them, and install them",
    ),
    "remove": ("NAME…", {"--json": "print it for programs"}, "remove Python packages"),
    "sync": ("", {}, "bring the virtual environment (.venv) up to date"),
    "lock": (
        "",
        {"--upgrade": "take newer versions, too, of what is locked already"},
        "write down the exact versions of the packages from PyPI",
    ),
    "audit": (
        "",
        {"--json": "print it for programs"},
        "see what others on this computer can reach",
    ),
    "doctor": ("", {"--json": "print it for programs"}, "find out why something does not work"),
}
HELP = ("-h", "--help")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Every failure is a message, never a traceback."""
    # Unwound like Ctrl-C, so that nothing stays half done.
    for signum in SIGNALS:
        signal.signal(signum, _interrupt)
    try:
        return _dispatch(arguments)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return problem.code
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
    import disk
    import unexpected

    problem = disk.explain(error) if isinstance(error, OSError) else None
    if not problem:
        return unexpected.report()
    print(problem, file=sys.stderr)
    return problem.code


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
    if name not in COMMANDS:
        raise Problem(f'lab has no command "{name}".{_nearest(name, COMMANDS)}', "lab --help", 2)
    if any(word in HELP for word in rest):
        return _help(name)
    options, words = _split(name, rest)
    return import_module(f"commands.{name}").run(options, words)


def _split(name: str, rest: list[str]) -> tuple[set[str], list[str]]:
    takes, known, _ = COMMANDS[name]
    options = {word for word in rest if word.startswith("-")}
    for word in sorted(options):
        if word not in known:
            message = f'lab {name} has no option "{word}".{_nearest(word, known)}'
            raise Problem(message, f"lab {name} --help", 2)
    words = [word for word in rest if not word.startswith("-")]
    if len(words) > bool(takes) and not takes.endswith("…"):
        many = "only one argument" if takes else "no arguments"
        message = f'lab {name} takes {many}: "{words[-1]}" is one too many.'
        raise Problem(message, f"lab {name} --help", 2)
    return options, words


def _nearest(word: str, known: dict[str, object] | dict[str, str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, 1, 0.5)
    return f' Did you mean "{near[0]}"?' if near else ""


def _overview() -> int:
    print("lab runs JupyterLab and the services of this project.\n")
    width = max(len(_usage(name)) for name in COMMANDS)
    for name, (_, _, summary) in COMMANDS.items():
        print(f"  lab {_usage(name):{width}}  {summary}")
    print("\n`start` and `stop` are short for `lab start` and `lab stop`.")
    print("More about one command: lab start --help")
    return 0


def _usage(name: str) -> str:
    takes, options, _ = COMMANDS[name]
    return " ".join([name, *(f"[{option}]" for option in options), *([takes] if takes else [])])


def _help(name: str) -> int:
    _, options, summary = COMMANDS[name]
    print(f"lab {_usage(name)}\n\n{summary[0].upper()}{summary[1:]}.")
    if options:
        print()
    for option, meaning in options.items():
        print(f"  {option:14}{meaning}")
    return 0
