"""Running pip and uv: one line of progress, a log of all output, and which settings count."""

import ast
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..base.files import last_words
from ..base.project import PUT_ASIDE, Project, inherited
from ..base.terminal import Problem, Progress, indented, note

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
    errors = _errors(lines) or lines
    message = f"{what}:{indented(errors[-8:])}\nThe full output is in {project.log(log)}."
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


def _network_fix(said: str) -> str | None:
    if _NO_TRUST.search(said):
        files = (Path("/etc", name) for name in _TRUSTED)
        file = next((file for file in files if file.exists()), "/path/to/certificates.pem")
        return f"export SSL_CERT_FILE={file}    and the same command again"
    if _NO_NETWORK.search(said):
        return "check the network, then run the same command again"
    return None


# The user's own settings for pip and uv, in files: mirrors are kept, what changes results is not.
#
# Which is which is the table's word (nix/variables.json): a setting is kept where the environment
# variable of the same meaning is.


# uv has other words for these in its file, or no variable at all.
ALSO_OF_UV = {"allow-insecure-host", "no-index", "http-proxy", "https-proxy", "no-proxy"}


def for_pip(project: Project) -> dict[str, str]:
    """The environment for pip, with what is kept of its files. A variable wins over a file.

    Raises Problem where pip cannot read them.
    """
    result = inherited()
    if result.get("PIP_CONFIG_FILE") == os.devnull:
        return result  # which means to pip that no file is read
    command = [project.facts["python"], "-I", "-m", "pip", "config", "list"]
    done = subprocess.run(command, env=result, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"pip cannot read its settings: {done.stderr.strip()}", "pip config debug")
    found = {}
    for section in ("global", "install"):
        for name, value in re.findall(rf"^{section}\.(\S+?)=(.*)$", done.stdout, re.MULTILINE):
            found[name] = ast.literal_eval(value)
    ignored = []
    for name, value in found.items():
        variable = f"PIP_{name.upper().replace('-', '_')}"
        if _kept(project, variable):
            result.setdefault(variable, " ".join(value.split()))
        else:
            ignored.append(name)
    _say_ignored("pip", ignored)
    # The files themselves are not read again; an empty file is the only way to say that.
    return result | {"PIP_CONFIG_FILE": os.devnull}


def for_uv(project: Project) -> dict[str, str]:
    """Settings that keep uv to the project's own interpreter and folder."""
    found = _with_files_of_uv(project)
    # Exported, it would aim every uv command at the interpreter in the read-only store.
    found.pop("UV_PYTHON", None)
    if project.packages:
        found |= {"UV_CACHE_DIR": str(project.packages), "UV_OFFLINE": "1"}
    return found | {
        "UV_PROJECT_ENVIRONMENT": str(project.root / ".venv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PYTHON_PREFERENCE": "only-system",
    }


def _with_files_of_uv(project: Project) -> dict[str, str]:
    """The environment for uv. The project's own uv.toml and pyproject.toml are read as always."""
    result = inherited()
    home = Path(result.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    folders = [Path(folder) for folder in result.get("XDG_CONFIG_DIRS", "").split(":") if folder]
    users = Path(result.get(f"{PUT_ASIDE}UV_CONFIG_FILE") or home / "uv" / "uv.toml")
    computers = next(
        (file for folder in folders if (file := folder / "uv" / "uv.toml").is_file()),
        Path("/etc/uv/uv.toml"),
    )
    settings = {file: _read(file) for file in (computers, users) if file.is_file()}
    ignored = [key for each in settings.values() for key in each if not _kept_of_uv(project, key)]
    if not ignored and users.parent == home / "uv":
        return result
    _say_ignored("uv", ignored)
    merged = {key: value for each in settings.values() for key, value in each.items()}
    place = project.state / "uv-settings"
    _write(place, home, {key: merged[key] for key in merged if key not in ignored})
    return result | {"XDG_CONFIG_HOME": str(place), "XDG_CONFIG_DIRS": str(place)}


def _kept(project: Project, variable: str) -> bool:
    return any(fnmatchcase(variable, name) for name in project.facts["variables"]["kept"])


def _kept_of_uv(project: Project, key: str) -> bool:
    return key in ALSO_OF_UV or _kept(project, f"UV_{key.upper().replace('-', '_')}")


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(f"{file} cannot be read: {error}", f'nano "{file}"') from None


def _write(place: Path, home: Path, settings: dict[str, Any]) -> None:
    """A folder of settings in which only uv's are others: git, which uv calls, finds its own."""
    (place / "uv").mkdir(parents=True, exist_ok=True)
    for other in home.iterdir() if home.is_dir() else ():
        if other.name != "uv" and not (place / other.name).is_symlink():
            (place / other.name).symlink_to(other)
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in settings.items())
    (place / "uv" / "uv.toml").write_text(text, encoding="utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return json.dumps(value)


def _say_ignored(program: str, names: list[str]) -> None:
    if names:
        listed = ", ".join(sorted(set(names)))
        note(f"Your own settings for {program} that are not used in this project: {listed}.")
