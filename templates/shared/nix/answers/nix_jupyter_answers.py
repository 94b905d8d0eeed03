"""What `pip install` and its like answer in a project: which command to use in their place.

What they install is in no file of the project, so the next start, and everybody else, would not
have it; with Nix below they would even write into the store. `lab sync` itself uses pip, and says
so with NIX_JUPYTER_SYNC. This lies in the environment of Nix and, with uv, in .venv.
"""

import json
import os
import re
import shlex
import sys
from pathlib import Path

CHANGES = {"install": "add", "uninstall": "remove", "remove": "remove", "add": "add"}
CHANGES |= {"update": "add", "upgrade": "add", "sync": "add", "create": "add"}
# With these, pip installs nothing here.
ELSEWHERE = {"-t", "--target", "--prefix", "--root", "--dry-run", "--python", "-h", "--help"}
# Options that are followed by a value, which is no package.
WITH_VALUE = {"-r", "-c", "-e", "-i", "-f", "-n", "-p", "--requirement", "--constraint", "--name"}
WITH_VALUE |= {"--editable", "--index-url", "--extra-index-url", "--find-links", "--channel"}
PIP = re.compile(r"\.?pip[0-9.]*(-wrapped)?")


def to_pip() -> None:
    """End a Python that begins as pip and would change the project, with the answer."""
    arguments = _arguments_of_pip(sys.orig_argv[1:])
    if arguments is None or "NIX_JUPYTER_SYNC" in os.environ or not _of_the_project():
        return
    if (answer := answer_to("pip", arguments)) is not None:
        print(answer, file=sys.stderr, flush=True)
        os._exit(1)


def answer_to(program: str, arguments: list[str]) -> str | None:
    """Give the two lines to print, or None for what changes nothing, such as `pip list`.

    Arguments are those after the program's name: `install numpy` of pip, `pip install numpy` of uv.
    """
    words = _words(arguments)
    if program == "uv" and words[:1] == ["pip"]:
        words = words[1:]
    if words[:1] == ["env"]:
        words = words[1:]  # of conda
    command = CHANGES.get(words[0]) if words else None
    if command is None or any(word.partition("=")[0] in ELSEWHERE for word in arguments):
        return None
    names = " ".join(map(shlex.quote, words[1:])) or "NAME"
    # A kernel has this variable, and there a command of the terminal begins with "!".
    mark = "!" if "JPY_PARENT_PID" in os.environ else ""
    what = f"{program} changes nothing here: the packages of this project stand in {_files()}."
    if "NIX_JUPYTER_IMAGE" in os.environ:
        return (
            f"{what}\n  Next: in the project,  ./lab {command} {names}  and build the image again"
        )
    return f"{what}\n  Next: {mark}lab {command} {names}"


def magics(shell: object) -> None:
    """Let %pip, %uv and %conda answer in a notebook. The argument is IPython's shell."""
    from IPython.core.error import UsageError

    def answering(program: str, original: object) -> object:
        def magic(line: str) -> None:
            try:
                arguments = shlex.split(line)
            except ValueError:
                arguments = line.split()
            if (answer := answer_to(program, arguments)) is not None:
                raise UsageError(answer)
            original(line)

        magic.__doc__ = getattr(original, "__doc__", None)
        return magic

    for name in ("pip", "uv", "conda", "mamba", "micromamba"):
        if original := shell.find_line_magic(name):
            shell.register_magic_function(answering(name, original), "line", name)


def _arguments_of_pip(command: list[str]) -> list[str] | None:
    """The arguments after `python -m pip`, or after a script of that name; None for all else."""
    for index, word in enumerate(command):
        if word == "-m":
            return command[index + 2 :] if command[index + 1 : index + 2] == ["pip"] else None
        if not word.startswith("-"):
            return command[index + 1 :] if PIP.fullmatch(Path(word).name) else None
    return None


def _of_the_project() -> bool:
    """Is it the project's Python, and not one of a virtual environment that the user has made?"""
    return sys.prefix == sys.base_prefix or Path(sys.prefix, ".nix-jupyter-key").exists()


def _words(arguments: list[str]) -> list[str]:
    found, skip = [], False
    for word in arguments:
        if not skip and not word.startswith("-"):
            found.append(word)
        skip = word in WITH_VALUE
    return found


def _files() -> str:
    """The files in which this project keeps packages, in words."""
    try:
        file = Path(os.environ["NIX_JUPYTER_PROJECT"])
        place = json.loads(file.read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        place = "flake.nix"
    return "flake.nix or requirements.in" if place == "flake.nix" else place
