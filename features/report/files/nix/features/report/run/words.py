"""The words on the command line of `lab run`, and what is said about a mistake in them."""

import json
import keyword
import math
import os
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

HELP = """\
lab run NOTEBOOK [-p NAME=VALUE]… [--timeout SECONDS]

Run a copy of a notebook from top to bottom, and keep it in reports/: with its outputs, as HTML and as PDF.

  -p NAME=VALUE      set a value of the cell with the tag `parameters`
  --timeout SECONDS  stop it after so long, and keep what there is
  --json             print the result as JSON"""


# How `lab` was called, such as ./lab. The notebook's kernel is not told.
_CALLED = os.environ.pop("NIX_JUPYTER_CALLED", "lab")


class Mistake(Exception):
    """Something that the user can correct: what happened, and the command that comes next."""

    def __init__(self, message: str, fix: str, code: int = 2) -> None:
        fix = re.sub(r"\blab (?=run|start)", lambda _: f"{_CALLED} ", fix)
        super().__init__(f"{message}\n  Next: {fix}")
        self.code = code


class Words(NamedTuple):
    """What was asked for."""

    notebook: Path
    typed: str  # the notebook, as the user has written it
    parameters: dict[str, Any]
    seconds: int | None
    json: bool


def read(arguments: list[str], root: Path) -> Words | None:
    """Reads the command line; None where help is asked for. Raises Mistake."""
    if {"-h", "--help"} & {*arguments}:
        return None
    rest, notebooks, found, as_json = iter(arguments), [], {}, False
    seconds = None
    for word in rest:
        if word in ("-p", "--parameter"):
            name, value = _parameter(next(rest, ""))
            found[name] = value
        elif word == "--timeout":
            seconds = _seconds(next(rest, ""))
        elif word == "--json":
            as_json = True
        elif word.startswith("-"):
            raise Mistake(f'Unknown option "{word}" of lab run.', "lab run --help")
        else:
            notebooks.append(word)
    if len(notebooks) != 1:
        raise Mistake("lab run takes the path of one notebook.", "lab run notebooks/NAME.ipynb")
    return Words(_notebook(notebooks[0], root), notebooks[0], found, seconds, as_json)


def _seconds(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or not int(text):
        raise Mistake(f'--timeout takes a number of seconds, and got "{text}".', "lab run --help")
    return int(text)


def _parameter(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier() or keyword.iskeyword(name):
        raise Mistake(f'-p takes NAME=VALUE, and got "{text}".', "lab run --help")
    try:
        text.encode()
    except UnicodeEncodeError:
        message = f"The value of {name} is not in UTF-8."
        raise Mistake(message, "type it again in a terminal whose encoding is UTF-8") from None
    return name, _value(value)


def _value(text: str) -> Any:
    """Python's own words for the constants of JSON count, too."""
    constants = {"True": True, "False": False, "None": None}
    if text in constants:
        return constants[text]
    try:
        # NaN is not JSON: a text.
        return json.loads(text, parse_constant=lambda word: word, parse_float=_float)
    except ValueError:
        return text


def _float(word: str) -> float:
    """No computer has numbers as large as 1e999, and Python makes of them what is no number in a notebook."""
    number = float(word)
    if math.isinf(number):
        raise Mistake(f"{word} is too large for a number.", f"for a text: -p 'NAME=\"{word}\"'")
    return number


def _notebook(typed: str, root: Path) -> Path:
    """Relative to where the user is, or to the project's directory."""
    for directory in (Path.cwd(), root):
        file = directory / typed
        if file.is_file():
            return Path(os.path.abspath(file))
    raise Mistake(
        f"There is no notebook {typed}.", f"ls {shlex.quote(os.path.relpath(root / 'notebooks'))}"
    )


def without_colours(text: str) -> str:
    """What a terminal would show, without the codes for its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
