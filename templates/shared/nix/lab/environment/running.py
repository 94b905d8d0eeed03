"""Running an installer: one line of progress for the user, all of its output in a log."""

import re
import subprocess
from collections.abc import Mapping, Sequence

from files import tail
from problem import Problem
from project import Project
from terminal import Progress

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def run(
    project: Project,
    command: Sequence[str],
    variables: Mapping[str, str],
    step: str,
    progress: Progress,
    to: str = "sync",
) -> bool:
    """Run a program in the project's folder, adding to the log of that name. Did it succeed?"""
    progress.show(step)
    with open(project.log(to), "a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        process = subprocess.Popen(
            command,
            cwd=project.root,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            close_fds=False,  # it holds our lock, too: should we be killed, nobody else begins yet
        )
        try:
            for line in process.stdout or ():
                plain = ESCAPE.sub("", line)
                log.write(plain)
                log.flush()
                progress.show(step, plain.strip())
        except BaseException:
            process.terminate()
            raise
        finally:
            process.wait()
    return process.returncode == 0


def _errors(lines: list[str]) -> list[str]:
    """The reason: pip and uv begin it with "error", and what is indented below belongs to it."""
    found, belongs = [], False
    for line in lines:
        belongs = line.lower().startswith("error") or (belongs and line.startswith(" "))
        if belongs:
            found.append(line)
    return found


def failure(project: Project, what: str, fix: str, log: str = "sync") -> Problem:
    """Say why an installer failed: its own words, and where the rest of them is."""
    lines = [line for line in tail(project.log(log), 200) if line.strip()]
    start = max(i for i, line in enumerate(lines) if line.startswith("$ ")) + 1
    lines = lines[start:]
    errors = _errors(lines) or lines
    said = "".join(f"\n  | {line[:300]}" for line in errors[-8:])
    return Problem(f"{what}:{said}\nThe whole output is in {project.log(log)}.", fix)
