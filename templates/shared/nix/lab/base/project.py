"""The project at hand: its directories, what Nix says of it, and the variables of its programs."""

import json
import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

from .called import again
from .terminal import Problem, explain_disk

STATE_ELSEWHERE = "XDG_STATE_HOME=/some/directory"


class Project:
    """Paths and facts of one project. Nothing is read or made before it is asked for."""

    def __init__(self, root: Path, state: Path, facts: dict[str, Any], umask: int) -> None:
        self.root = root
        self.state = state
        self.name: str = facts["name"]
        self.facts = facts
        self.without_venv = False  # whether what runs does without .venv, which could not be filled
        self.bundle: Path | None = None  # the file of `lab start --from`
        self.packages: Path | None = None  # what it has for installers, while they are at work
        self.umask = umask  # the user's, for what is not ours: notebooks, and the files of .venv

    @property
    def logs(self) -> Path:
        """The directory of the log files."""
        return self.state / "log"

    @property
    def venv(self) -> Path | None:
        """The virtual environment's directory, or None when the project needs none."""
        return self.root / ".venv" if self.venv_key else None

    @property
    def venv_key(self) -> str:
        """What the virtual environment should have been made from; empty without one."""
        return os.environ.get("NIX_JUPYTER_VENV_KEY", "")

    @property
    def python(self) -> str:
        """The interpreter that runs JupyterLab and the kernels."""
        if self.venv and not self.without_venv:
            return str(self.venv / "bin" / "python3")
        return self.facts["python"]

    def log(self, service: str) -> Path:
        """The log file of a service."""
        return self.logs / f"{service}.log"


def load() -> Project:
    """Find the project that nix/activate.sh has announced, and make its state directory private."""
    try:
        root, state, file = (
            Path(os.environ[f"NIX_JUPYTER_{name}"]) for name in ("ROOT", "STATE", "PROJECT")
        )
    except KeyError as missing:
        raise Problem(
            f"lab works inside a project's environment, and {missing.args[0]} is not set.",
            "cd to the project and run: nix develop",
        ) from None
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(
            f"The project's description {file} cannot be read: {error}.",
            "nix develop",
        ) from None
    umask = os.umask(0o077)
    _make_private(root, state)
    return Project(root, state, facts, umask)


# In the state directory, while the project runs on another computer (remote/host.py).
RECORD = "on.json"


def is_elsewhere() -> bool:
    """Is the project at hand on another computer? A look that costs nothing."""
    return os.path.lexists(Path(os.environ.get("NIX_JUPYTER_STATE", os.devnull), RECORD))


def _make_private(root: Path, state: Path) -> None:
    """The token, the logs and the socket lie in this directory: nobody else may enter it."""
    if state.resolve().is_relative_to(root.resolve()):
        message = f"The state directory {state} is in the project, which must hold no secrets."
        raise Problem(message, again(STATE_ELSEWHERE))
    for directory in (state, state / "log"):
        try:
            _make_directory(directory)
            foreign = [entry.path for entry in os.scandir(directory) if _foreign(entry)]
        except OSError as error:
            reason = error.strerror or str(error)
            raise explain_disk(error) or _unusable(directory, reason) from None
        if foreign:
            message = f"{foreign[0]} belongs to another user, and lab did not write it."
            raise Problem(message, f"rm -rf {shlex.quote(foreign[0])}")


def _make_directory(directory: Path) -> None:
    if directory.is_symlink():
        # It could lead to a directory that somebody else reads.
        raise Problem(
            f"{directory} is a symbolic link, not a directory.", f"rm {shlex.quote(str(directory))}"
        )
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    if status.st_uid != os.getuid():
        raise _unusable(directory, f"it belongs to user {status.st_uid}")
    if status.st_mode & 0o077:
        with suppress(OSError):
            directory.chmod(0o700)
        if directory.lstat().st_mode & 0o077:
            message = f"Other users can read {directory}, because its disk keeps no permissions."
            raise Problem(message, again(STATE_ELSEWHERE))


def _foreign(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.stat(follow_symlinks=False).st_uid != os.getuid()
    except FileNotFoundError:
        return False  # gone meanwhile


def _unusable(directory: Path, reason: str) -> Problem:
    # Not chown: what somebody else has put there would be believed from then on.
    where = shlex.quote(str(directory))
    fix = f"sudo mv {where} {shlex.quote(f'{directory}.not-mine')}"
    return Problem(f"The state directory {directory} cannot be used: {reason}.", fix)


# The environment variables that the programs started by `lab` inherit.
#
# The user's own are dropped, kept or put aside by nix/activate.sh before `lab` begins, as
# nix/variables.json says. What is left to do here is about who is started.


PREFIX = "NIX_JUPYTER_"
PUT_ASIDE = f"{PREFIX}HOST_"


def inherited() -> dict[str, str]:
    """Ours, without the temporary directory of `nix develop`, removed when its shell ends."""
    result = dict(os.environ)
    build = result.pop("NIX_BUILD_TOP", None)
    for name in ("TMPDIR", "TMP", "TEMP", "TEMPDIR"):
        value = result.get(name, "")
        if (build and value.startswith(build)) or "/nix-shell." in value:
            del result[name]
    return result


def of_this_computer(project: Project) -> dict[str, str]:
    """For a program that is not of Nix, such as a browser: as it was before the project's shell."""
    facts = project.facts["variables"]
    result = inherited()
    for name in [name for name in result if name in facts["ours"] or name.startswith(PREFIX)]:
        value = result.pop(name)
        if name.removeprefix(PUT_ASIDE) in facts["givenBack"]:
            result[name.removeprefix(PUT_ASIDE)] = value
    leave(project, result)
    return result


def leave(project: Project, variables: dict[str, str]) -> None:
    """Take out the directories of the project's environment, as it was when it was entered."""
    for name in ("PATH", "XDG_DATA_DIRS"):
        directories = [directory for directory in variables.pop(name, "").split(":") if directory]
        if outside := [
            directory for directory in directories if not _of_project(project, directory)
        ]:
            variables[name] = ":".join(outside)


def _of_project(project: Project, directory: str) -> bool:
    if directory.startswith("/nix/store/"):
        return not os.path.exists(f"{directory}/nix")  # Nix itself is the user's
    return directory.startswith(f"{project.root}/.venv/")
