"""What `lab` does with its words: it runs a command, and turns every failure into a message."""

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from .base.called import here, place
from .base.terminal import SIGNALS, Interrupted, Problem, give, say
from .commands.table import COMMANDS, ELSEWHERE, OF_FEATURES, did_you_mean, split

HELP = ("-h", "--help")


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Every failure is a message, never a traceback."""
    _open_standard_streams()
    # Unwound like Ctrl-C, so that nothing stays half done.
    for signum in SIGNALS:
        signal.signal(signum, _interrupt)
    try:
        return _answer(arguments)
    except Problem as found:  # what is printed goes nowhere
        print(found, file=sys.stderr)
        return found.code
    except KeyboardInterrupt:
        return 130
    except Interrupted as interrupted:
        return interrupted.code
    except BrokenPipeError:
        # `lab logs | head`: nobody reads on. Python would say so once more, with a code of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _open_standard_streams() -> None:
    """What was closed, as by `>&-`, leads nowhere; or the next file would have its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)  # programs that are started have it, too
            if nowhere != number:
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))


def _answer(arguments: Sequence[str]) -> int:
    """Run one command. Why it failed is said to people, and as one line of JSON to programs."""
    try:
        return _dispatch(arguments)
    except (Interrupted, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, the user gets a message)
        problem = error if isinstance(error, Problem) else _unexpected(error)
    print(problem, file=sys.stderr)
    if "--json" in arguments:
        import json

        fix = here(problem.fix) if problem.fix else None
        failed = {"message": problem.message, "next": fix, "exitCode": problem.code}
        say(json.dumps({"error": failed}))
    return problem.code


def _unexpected(error: Exception) -> Problem:
    from .base import terminal

    found = terminal.explain_disk(error) if isinstance(error, OSError) else None
    return found or terminal.unexpected(error)


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
        from .commands.help import overview

        about = [word for word in rest if not word.startswith("-") and word != "help"]
        return _dispatch([about[0], "--help"]) if about else overview()
    if name == "exchange":  # what remote/fetch.py asks for, on the other computer
        from .remote.exchange import serve

        return serve()
    if name not in COMMANDS:
        from .commands.help import find_added, run_added

        added = find_added()
        if name in added:
            return run_added(added[name], rest)
        if feature := OF_FEATURES.get(name):
            message = f"lab {name} comes with the feature {feature}, which this project is without."
            raise Problem(message, f"{_in_project()}npx create-nix-jupyter add {feature}", 2)
        kind = "option" if name.startswith("-") else "command"
        near = did_you_mean(name, [*COMMANDS, *added])
        raise Problem(f'Unknown {kind} "{name}".{near}', "lab --help", 2)
    if any(word in HELP for word in rest):
        from .commands.help import help_of

        return help_of(name)
    options, words = split(name, rest)
    if name in ELSEWHERE and _is_elsewhere(options):
        from .remote import commands

        return commands.run(name, options, words)
    if name in ELSEWHERE:
        from .services.computers import require_here

        require_here()
    # The other commands' modules are not loaded.
    module = import_module(f".commands.{COMMANDS[name].module}", __package__)
    answer = getattr(module, name)(options, words)
    return answer if isinstance(answer, int) else give(answer, options)


def _in_project() -> str:
    """The way to the project, in front of a command that works only there; empty in it."""
    root, where = Path(os.environ.get("NIX_JUPYTER_ROOT", ".")), place(".")
    return "" if where == root or root in where.parents else f"cd {shlex.quote(str(root))} && "


def _is_elsewhere(options: set[str]) -> bool:
    from .base.project import is_elsewhere

    return is_elsewhere() or any(option.startswith("--on=") for option in options)
