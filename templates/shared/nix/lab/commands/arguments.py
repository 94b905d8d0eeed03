"""The words behind a command: its options, and the rest."""

from collections.abc import Iterable

from ..base.errors import Problem
from .table import COMMANDS, options_of


def split(name: str, rest: list[str]) -> tuple[set[str], list[str]]:
    """The options and the other words behind a command. Raises Problem for wrong ones."""
    takes, known = COMMANDS[name].takes, [option.split()[0] for option in options_of(name)]
    rest = _join_values(name, rest)
    options = {word for word in rest if word.startswith("-")}
    for word in sorted(options):
        if word.partition("=")[0] not in known:
            message = f'lab {name} has no option "{word}".{nearest(word, known)}'
            raise Problem(message, f"lab {name} --help", 2)
    words = [word for word in rest if not word.startswith("-")]
    if len(words) > bool(takes) and not takes.endswith("…"):
        many = "only one argument" if takes else "no arguments"
        message = f'lab {name} takes {many}: "{words[-1]}" is one too many.'
        raise Problem(message, f"lab {name} --help", 2)
    return options, words


def _join_values(name: str, rest: list[str]) -> list[str]:
    """An option that is followed by a value and the value are one word: --from=FILE."""
    followed = [option.split()[0] for option in options_of(name) if " " in option]
    joined: list[str] = []
    waiting = iter(rest)
    for word in waiting:
        value = next(waiting, "") if word in followed else word.partition("=")[2]
        option = word.partition("=")[0]
        if option in followed and not value:
            raise Problem(f"lab {name} {option} needs a value.", f"lab {name} --help", 2)
        joined.append(f"{option}={value}" if option in followed else word)
    return joined


def nearest(word: str, known: Iterable[str]) -> str:
    """A question for the end of a message, where a known word is near to this one."""
    import difflib

    word, known = word.lower(), list(known)
    # Who has typed only the begin of a word means that one.
    begun = [each for each in known if len(word) > 2 and each.startswith(word)]
    near = begun if len(begun) == 1 else difflib.get_close_matches(word, known, 1, 0.5)
    return f' Did you mean "{near[0]}"?' if near else ""
