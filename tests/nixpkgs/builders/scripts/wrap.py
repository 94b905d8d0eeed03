"""Programs that change the environment and then become another program."""

import json
import os
import re
import shlex
import stat

MARK = b"@wrapper-settings@"
ARITY = {"set": 2, "set-default": 2, "unset": 1, "prefix": 3, "suffix": 3, "add-flags": 1}


def parse(arguments: list[str]) -> list[list[str]]:
    """The arguments of makeWrapper, as operations."""
    words = shlex.split(" ".join(arguments))
    found = []
    while words:
        name = words.pop(0).removeprefix("--")
        if name not in ARITY or len(words) < ARITY[name]:
            raise SystemExit(f"error: makeWrapperArgs: --{name} is unknown here or incomplete")
        found.append([name, *(words.pop(0) for _ in range(ARITY[name]))])
    return found


def compiled(wrapper: str, target: str, program: str, changes: list[list[str]]) -> None:
    """A wrapper that passes its own name on, so that the interpreter knows where it was called."""
    settings = json.dumps({"target": program, "changes": changes}).encode()
    with open(wrapper, "rb") as file:
        content = file.read()
    space = re.search(re.escape(MARK) + b"_+", content)
    if len(settings) > len(space[0]):
        raise SystemExit("error: the arguments of the wrapper are too long")
    filled = settings.ljust(len(space[0]), b"_")
    _write(target, content[: space.start()] + filled + content[space.end() :])


def script(bash: str, target: str, program: str, changes: list[list[str]]) -> None:
    """A wrapper for a script, whose name nobody asks for."""
    lines, flags = [f"#!{bash} -e"], ""
    for name, *values in changes:
        if name == "add-flags":
            flags += f" {values[0]}"
        else:
            lines.append(_line(name, *values))
    lines.append(f'exec {shlex.quote(program)}{flags} "$@"')
    _write(target, ("\n".join(lines) + "\n").encode())


def _line(name: str, variable: str, *values: str) -> str:
    if name == "unset":
        return f"unset {variable}"
    if name == "set":
        return f"export {variable}={shlex.quote(values[0])}"
    if name == "set-default":
        return f"export {variable}=${{{variable}-{shlex.quote(values[0])}}}"
    separator, value = (shlex.quote(each) for each in values)
    if name == "prefix":
        return f"export {variable}={value}${{{variable}:+{separator}${variable}}}"
    return f"export {variable}=${{{variable}:+${variable}{separator}}}{value}"


def _write(target: str, content: bytes) -> None:
    with open(target, "wb") as file:
        file.write(content)
    os.chmod(target, os.stat(target).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
