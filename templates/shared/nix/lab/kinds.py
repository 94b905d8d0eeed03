"""The two kinds of .venv: pip fills it from requirements.txt, uv from uv.lock. One interface."""

import os
import shutil
import tomllib
from pathlib import Path
from typing import Protocol

from . import installers, locks, requirements, wheels
from .files import rename, tail
from .nixpkgs import canonical
from .problem import Problem
from .project import Project
from .terminal import Progress

STAMP = ".nix-jupyter-key"
PREVIOUS = ".venv.previous"  # the last good one, until the one that is being made is good


class Kind(Protocol):
    """What differs between the two."""

    asked: str  # the file in which people write names
    lock: str  # the file that says which versions those are
    has_jupyterlab: bool  # whether JupyterLab is in .venv, and not in the environment of Nix

    def fill(self, project: Project, venv: Path, progress: Progress) -> None:
        """Make .venv what the lock says. Raises Problem."""

    def recover(self, venv: Path) -> bool:
        """After a filling that was cut short: is .venv as good as it was before, or as none?"""

    def fill_from_lock(self, project: Project, venv: Path, progress: Progress) -> bool:
        """Fill .venv from the lock, whatever is asked for since. False where that cannot be."""

    def lock_command(self, project: Project) -> list[str]:
        """The command that writes the lock. Raises Problem where there is nothing to lock."""

    def recorded(self, project: Project) -> set[str]:
        """The canonical names of the packages that stand in the project's files."""


class Pip:
    """On top of the packages of Nix, which are seen and not installed again."""

    asked = "requirements.in"
    lock = "requirements.txt"
    has_jupyterlab = False

    def fill(self, project: Project, venv: Path, progress: Progress) -> None:
        """Make .venv anew, so that it holds what the lock says and nothing of former days.

        The one before is kept until this one has its stamp (then `finish` removes it), and put
        back by `recover` otherwise: who takes a wrong line out of requirements.txt again, works on
        at once, even without a network.
        """
        if venv.exists():
            rename(venv, venv.with_name(PREVIOUS))
        venv.mkdir()
        (venv / ".gitignore").write_text("*\n", encoding="utf-8")
        self._make(project, venv, progress)
        wheels.check_pip(project, venv)

    def recover(self, venv: Path) -> bool:
        """Whatever moment it was cut short in: the last good .venv has its place again."""
        previous = venv.with_name(PREVIOUS)
        if (venv / STAMP).exists():
            finish(venv)
            return True
        if venv.exists():
            shutil.rmtree(venv)
        if previous.is_dir():
            rename(previous, venv)
        return True

    def fill_from_lock(self, project: Project, venv: Path, progress: Progress) -> bool:
        """The lock and what it is made from are filled together: there is no other way."""
        return False

    def lock_command(self, project: Project) -> list[str]:
        """For every system, and with no trace of where this one found the packages."""
        if not (project.root / "requirements.in").exists():
            raise Problem(
                f"{project.name} has nothing to lock: flake.lock pins what comes from Nix, and "
                f"{project.root / 'requirements.txt'} is installed as it is written.",
                "mv requirements.txt requirements.in && lab lock",
            )
        requirements.refuse_unhashable(project.root / "requirements.in")
        command = [project.facts["uv"], "pip", "compile", "requirements.in"]
        command += ["--output-file", "requirements.txt", "--universal", "--generate-hashes"]
        command += ["--python", project.facts["python"], "--no-emit-index-url"]
        command += ["--custom-compile-command", "lab lock"]
        return [*command, *requirements.options(project)]

    def recorded(self, project: Project) -> set[str]:
        """The names in the lock, or in a requirements.txt that is none."""
        lines = requirements.read(project.root / "requirements.txt")
        return {requirements.name_of(line.text) for line in lines}

    def _make(self, project: Project, venv: Path, progress: Progress) -> None:
        python = project.facts["python"]
        variables = installers.for_pip(project) | {"NIX_JUPYTER_SYNC": "1"}
        # pip itself comes from the environment underneath; a copy of its own would take seconds.
        command = [python, "-I", "-m", "venv", "--system-site-packages", "--without-pip", str(venv)]
        if not installers.run(project, command, variables, "Making .venv", progress):
            raise installers.failure(project, f"{venv} could not be made", "lab doctor")
        if wheels.needed(project):
            wheels.install(project, venv)
        locked = locks.is_lock(project)
        if locked and not locks.pins_in(locks.lock_text(project)):
            return  # all that is asked for comes from Nix
        command = [str(venv / "bin" / "python3"), "-I", "-m", "pip", "install", "--no-user"]
        command += ["--no-input", "--disable-pip-version-check", "--requirement"]
        command += ["requirements.txt", *(["--require-hashes"] if locked else [])]
        step = "Installing requirements.txt into .venv"
        if not installers.run(project, command, variables, step, progress):
            what = f"The packages of {project.root / 'requirements.txt'} could not be installed"
            fix = "lab lock && lab sync" if locked else "correct that file, then: lab sync"
            raise installers.failure(project, what, fix)


class Uv:
    """Everything but the interpreter, JupyterLab too."""

    asked = "pyproject.toml"
    lock = "uv.lock"
    has_jupyterlab = True

    def fill(self, project: Project, venv: Path, progress: Progress) -> None:
        """Let uv bring .venv to what uv.lock says. It removes what is not in there."""
        # While uv is at work, no stamp: what it leaves when it fails is not what the stamp said.
        (venv / STAMP).unlink(missing_ok=True)
        if venv.is_symlink() or (venv.exists() and not (venv / "bin" / "python3").exists()):
            # uv refuses a folder without an interpreter, such as one whose interpreter is gone.
            _remove(venv)
        command = [project.facts["uv"], "sync"]
        if not wheels.installed(project, venv):
            # With it, uv would not recognise the interpreter behind our script, and begin from
            # nothing.
            command += ["--python", project.facts["python"]]
        if os.environ.get("CI"):
            # On a build machine nobody would see or keep a new lock. Elsewhere uv updates it.
            command.append("--locked")
        if self._run(project, venv, command, "Installing uv.lock into .venv", progress):
            wheels.check_uv(project, venv)
            return
        if "lockfile" in "".join(tail(project.log("sync"), 5)) and "--locked" in command:
            message = f"{project.root / 'uv.lock'} does not fit pyproject.toml any more."
            raise Problem(message, "nix run .#lab -- lock    and commit uv.lock")
        what = f"The packages of {project.root / 'uv.lock'} could not be installed"
        fix = "correct pyproject.toml where it is wrong, then: lab sync"
        raise installers.failure(project, what, fix)

    def recover(self, venv: Path) -> bool:
        """What uv has left may be half of the one and half of the other."""
        return False

    def fill_from_lock(self, project: Project, venv: Path, progress: Progress) -> bool:
        """Let uv look at nothing but uv.lock."""
        command = [project.facts["uv"], "sync", "--frozen", "--python", project.facts["python"]]
        return self._run(project, venv, command, "Installing uv.lock as it is", progress)

    def lock_command(self, project: Project) -> list[str]:
        """For every system, as uv does by itself."""
        return [project.facts["uv"], "lock", "--python", project.facts["python"]]

    def recorded(self, project: Project) -> set[str]:
        """The names in uv.lock."""
        lock = project.root / "uv.lock"
        text = lock.read_text(encoding="utf-8") if lock.exists() else ""
        return {canonical(package["name"]) for package in tomllib.loads(text).get("package", [])}

    def _run(
        self, project: Project, venv: Path, command: list[str], step: str, progress: Progress
    ) -> bool:
        if not installers.run(project, command, uv_variables(project), step, progress):
            return False
        wheels.install_answers(project, venv)
        if wheels.needed(project):
            wheels.install(project, venv)
        return True


def of(project: Project) -> Kind:
    """The kind that flake.nix asks for."""
    return Uv() if project.facts["venv"] == "uv" else Pip()


def finish(venv: Path) -> None:
    """The new .venv has its stamp: the one before is not needed any more."""
    shutil.rmtree(venv.with_name(PREVIOUS), ignore_errors=True)


def uv_variables(project: Project) -> dict[str, str]:
    """Settings that keep uv to the project's own interpreter and folder."""
    found = installers.for_uv(project)
    # Exported, it would aim every uv command at the interpreter in the read-only store.
    found.pop("UV_PYTHON", None)
    return found | {
        "UV_PROJECT_ENVIRONMENT": str(project.root / ".venv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PYTHON_PREFERENCE": "only-system",
    }


def _remove(venv: Path) -> None:
    if venv.is_symlink():
        venv.unlink()
    else:
        shutil.rmtree(venv)
