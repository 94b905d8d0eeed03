"""`lab --help`, and the help of one command."""

from .feature_commands import find_added
from .table import COMMANDS, options_of


def overview() -> int:
    """Print all commands, those of features too."""
    print("lab runs JupyterLab and the services of this project.\n")
    lines = {_usage(name): command.summary for name, command in COMMANDS.items()}
    for name, command in find_added().items():
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


def help_of(name: str) -> int:
    """Print what a command takes and does."""
    options, summary = options_of(name), COMMANDS[name].summary
    print(f"lab {_usage(name)}\n\n{summary[0].upper()}{summary[1:]}.")
    if options:
        print()
    for option, meaning in options.items():
        print(f"  {option:14}{meaning}")
    return 0
