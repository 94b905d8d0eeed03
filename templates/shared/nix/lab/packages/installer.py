"""Running pip and uv: one line of progress, a log of all output, and why one failed."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from itertools import dropwhile, takewhile
from pathlib import Path

from ..base.called import again
from ..base.files import last_words
from ..base.project import Project
from ..base.terminal import Problem, Progress, indented

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def run(
    project: Project,
    command: Sequence[str],
    variables: Mapping[str, str],
    step: str,
    progress: Progress,
    to: str = "sync",
) -> bool:
    """Run a program in the project's directory, adding to the log of that name. Did it succeed?"""
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
            umask=project.umask,  # what it writes into the project is for those who may read it
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


def download(
    project: Project,
    command: list[str],
    variables: Mapping[str, str],
    lock: str,
    progress: Progress,
) -> None:
    """Let a program download the packages of a lock. Raises Problem with its last words."""
    step = f"Downloading the packages of {lock}"
    if not run(project, command, variables, step, progress, "bundle"):
        what = f"The packages of {lock} could not be downloaded"
        raise failure(project, what, "check the network, then try again", "bundle")


# Why it failed.


class NoPackage(Problem):
    """No other package or version would help: it was the network, or a file that cannot be read."""


_ASIDE = re.compile(r"\s*(help:|hint:|$)")
_OFFLINE = re.compile(r"the network was disabled|connectivity is disabled|not found in the cache")
_NO_TRUST = re.compile(r"UnknownIssuer|CERTIFICATE_VERIFY_FAILED|self.signed certificate")
_NO_NETWORK = re.compile(
    r"dns error|tcp connect error|name resolution|operation timed out|NewConnectionError"
    r"|ConnectTimeoutError|[Cc]onnection refused|[Nn]etwork is unreachable"
)
# Where systems keep the certificates that they trust: Debian, Fedora, macOS.
_TRUSTED = ("ssl/certs/ca-certificates.crt", "pki/tls/certs/ca-bundle.crt", "ssl/cert.pem")

_MISTAKE = re.compile(r"Failed to parse: `?([^`\s]+)`?\s.*?parse error at line (\d+)", re.DOTALL)
_NOT_COMPILED = re.compile(r"metadata-generation-failed|failed-wheel-build|Failed to build")
_WHICH = re.compile(r"^╰─> ([\w.-]+)$|Failed to build [`']([\w.-]+?)[`'=]", re.MULTILINE)


def failure(project: Project, what: str, fix: str, log: str = "sync", asked: str = "") -> Problem:
    """Say why an installer failed: its own words, and where the rest of them is.

    `asked`, where it is given, is the file in which people ask for another version.
    """
    lines = last_words(project.log(log), 200)
    start = max(i for i, line in enumerate(lines) if line.startswith("$ ")) + 1
    lines = lines[start:]
    errors = _reasons(lines) or (_errors(lines) or lines)[-8:]
    message = f"{what}:{indented(errors)}\nThe full output is in {project.log(log)}."
    text = "\n".join(lines)
    if network := _network_fix(text):
        return NoPackage(message, network)
    if mistake := _MISTAKE.search(text):
        _, _, after = fix.partition("then: ")
        then = f"then: {after}" if after else "then run the same command again"
        return NoPackage(message, f"correct line {mistake[2]} of {mistake[1]}, {then}")
    if asked and _NOT_COMPILED.search(text):
        which = next((a or b for a, b in _WHICH.findall(text)), "a package")
        message += (
            f"\nThere is no wheel of {which} for this Python, and it cannot be compiled here."
        )
        fix = f"ask for another version of {which} in {asked}, then: {fix}"
    return Problem(message, fix)


def _errors(lines: list[str]) -> list[str]:
    """The reason: pip and uv begin it with "error", and what is indented below belongs to it."""
    found, belongs = [], False
    for line in lines:
        belongs = line.lower().startswith("error") or (belongs and line.startswith(" "))
        if belongs:
            found.append(line)
    return found


def _reasons(lines: list[str]) -> list[str]:
    """Why uv found no solution: what it says first; its hints below are about other commands."""
    begun = dropwhile(lambda line: not line.lstrip().startswith("\N{MULTIPLICATION SIGN}"), lines)
    found = list(takewhile(lambda line: not _ASIDE.match(line), begun))
    # Where something was built, its own last words say more.
    return [] if any("[stderr]" in line for line in lines) else found[:12]


def _network_fix(said: str) -> str | None:
    if _OFFLINE.search(" ".join(said.split())):
        if "UV_OFFLINE" in os.environ:
            return again("UV_OFFLINE=0")
        return "take offline out of uv.toml, then run the same command again"
    if _NO_TRUST.search(said):
        files = (Path("/etc", name) for name in _TRUSTED)
        file = next((file for file in files if file.exists()), "/path/to/certificates.pem")
        return again(f"SSL_CERT_FILE={file}")
    if _NO_NETWORK.search(said):
        return "check the network, then run the same command again"
    return None
