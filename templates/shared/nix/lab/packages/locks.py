"""The lock of the packages from PyPI, and the two kinds of .venv that are filled from it."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Protocol

from ..base import project as projects
from ..base.errors import Problem
from ..base.files import rename, tail
from ..base.invocation import here
from ..base.project import Project
from ..base.terminal import Answer, Progress, note
from . import addresses, requirements, wheels
from .nixpkgs import canonical


def lock_packages(options: set[str], arguments: list[str]) -> Answer:
    """Update uv.lock, or requirements.txt where there is a requirements.in."""
    project = projects.load()
    progress = Progress()
    project.log("sync").unlink(missing_ok=True)
    try:
        file = update(project, progress, upgrade="--upgrade" in options)
    finally:
        progress.clear()
    line = f"{project.root / file} is updated. Install it with: {here('lab sync')}"
    return Answer({"file": str(project.root / file)}, [line])


# The lock of the packages from PyPI: whether it still says what was asked for, and its update.


def missing(project: Project) -> list[str]:
    """What requirements.in asks for and neither the lock, requirements.txt, nor Nix gives.

    Raises Problem for what can never be in such a lock.
    """
    if not is_lock(project):
        return []
    asked = project.root / "requirements.in"
    requirements.refuse_unhashable(asked)

    # It comes along with JupyterLab.
    from packaging.requirements import InvalidRequirement, Requirement

    text = lock_text(project)
    pins, to_nix = pins_in(text), left_to_nix(text)
    provided = requirements.provided(project) if to_nix else {}
    found = [name for name in to_nix if name not in provided]
    for line in requirements.read(asked):
        try:
            requirement = Requirement(line.text)
        except InvalidRequirement:
            # An address alone.
            if line.text not in text:
                found.append(line.text)
            continue
        name = canonical(requirement.name)
        version, url = pins.get(name, ("", ""))
        if name in to_nix and name in provided:
            version = provided[name].version
        if requirement.url:
            fits = url == requirement.url
        else:
            # What comes from an address has the version that is there.
            fits = bool(url) or requirement.specifier.contains(version, prereleases=True)
        if not fits or not (version or url):
            found.append(str(requirement))
    return found


def superfluous(project: Project) -> list[str]:
    """What the lock holds for requirements.in, and requirements.in does not ask for any more."""
    if not is_lock(project):
        return []
    lines = requirements.read(project.root / "requirements.in")
    asked = [canonical(re.split(r"[^A-Za-z0-9._-]", line.text)[0]) for line in lines]
    return [name for name in direct(lock_text(project)) if name not in asked]


def update_if_stale(project: Project, progress: Progress) -> None:
    """Update requirements.txt if requirements.in asks for something else. (uv sees to uv.lock.)

    On a build machine nobody would see or keep the new lock, so there it is an error.
    """
    absent, left = ", ".join(missing(project)), ", ".join(superfluous(project))
    _refuse_unhashed(project)
    if not absent and not left:
        return
    if os.environ.get("CI"):
        message = (
            f"{project.root / 'requirements.in'} asks for {absent}, which is not locked."
            if absent
            else f"{project.root / 'requirements.txt'} holds {left}, which nothing asks for."
        )
        raise Problem(message, "nix run .#lab -- lock    and commit requirements.txt")
    if absent:
        note(f"Not locked yet: {absent}. Finding versions that fit together, for requirements.txt.")
    if left:
        note(f"Not in requirements.in any more: {left}. Taking it out of requirements.txt.")
    update(project, progress, upgrade=False)


def _refuse_unhashed(project: Project) -> None:
    """Who writes a name into requirements.txt by hand is told where it belongs."""
    if is_lock(project) and (found := unhashed(lock_text(project))):
        raise Problem(
            f"{project.root / 'requirements.txt'} is the lock of requirements.in, and this stands "
            f"in it without a hash: {', '.join(found)}.",
            f"lab add {shlex.join(found)}",
        )


def update(project: Project, progress: Progress, *, upgrade: bool) -> str:
    """Write uv.lock, or requirements.txt from requirements.in. Gives the file's name."""
    kind = kind_of(project)
    file, command = kind.lock, kind.lock_command(project)
    if upgrade:
        command.append("--upgrade")
    variables, before = uv_variables(project), lock_text(project)
    if not wheels.run_installer(project, command, variables, f"Updating {file}", progress):
        fix = f"correct {kind.asked} where it is wrong, then: lab lock"
        raise wheels.installer_failure(project, f"{project.root / file} could not be updated", fix)
    if file == "requirements.txt" and pins_in(lock_text(project)):
        found = project.state / "pylock.toml"
        found.unlink(missing_ok=True)
        command = addresses.command(project, found)
        if not wheels.run_installer(project, command, variables, "Finding their files", progress):
            what = f"The addresses of the wheels in {project.root / file} could not be found"
            raise wheels.installer_failure(project, what, "lab lock")
        addresses.append(project, found, before)
    return file


def key_after_update(project: Project) -> str:
    """The key of .venv for the files as they are now, from activate.sh, which alone makes it."""
    script = 'source "$NIX_JUPYTER_ACTIVATE" && printf %s "$NIX_JUPYTER_VENV_KEY"'
    command = [project.facts["bash"], "--norc", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Without an answer the old key does no harm: the next start looks again, and finds all well.
    return done.stdout if done.returncode == 0 else project.venv_key


# requirements.txt where it is the lock of requirements.in: what stands in it.


# A name with its version or address. What follows, indented, are hashes and who has asked for it.
_ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[.*\])?(?:==([^\s;\\]+)|\s*@\s*(\S+))(.*\n?(?:[ \t].*\n?)*)",
    re.MULTILINE,
)
_ANY_ENTRY = re.compile(r"^(?![#\s-]).+(?:\n[ \t].*)*", re.MULTILINE)
_LEFT_OUT = "# The following packages were excluded from the output:"


def is_lock(project: Project) -> bool:
    """Is it written by `lab lock`? Without requirements.in it is the user's own file."""
    written = kind_of(project).lock == "requirements.txt"
    return written and (project.root / "requirements.in").exists()


def lock_text(project: Project) -> str:
    """The whole file; empty when it is not there."""
    file = project.root / "requirements.txt"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def pins_in(lock: str) -> dict[str, tuple[str, str]]:
    """Version and address of each package, of which one is empty, by canonical name."""
    return {canonical(name): (version, url) for name, version, url, _ in _ENTRY.findall(lock)}


def direct(lock: str) -> list[str]:
    """The packages that are in it because requirements.in itself asks for them."""
    found = _ENTRY.findall(lock)
    return [canonical(name) for name, _, _, rest in found if "-r requirements.in" in rest]


def unhashed(lock: str) -> list[str]:
    """What has no hash, and so was not written by `lab lock`."""
    entries = [entry for entry in _ANY_ENTRY.findall(lock) if "--hash=" not in entry]
    return [re.split(r"\s#", entry)[0].strip() for entry in entries]


def left_to_nix(lock: str) -> list[str]:
    """The packages that it leaves out because Nix has them."""
    _, mark, rest = lock.partition(_LEFT_OUT)
    return re.findall(r"^# (\S+)$", rest, re.MULTILINE) if mark else []


# The two kinds of .venv: pip fills it from requirements.txt, uv from uv.lock. One interface.


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
        variables = wheels.for_pip(project) | {"NIX_JUPYTER_SYNC": "1"}
        # pip itself comes from the environment underneath; a copy of its own would take seconds.
        command = [python, "-I", "-m", "venv", "--system-site-packages", "--without-pip", str(venv)]
        if not wheels.run_installer(project, command, variables, "Making .venv", progress):
            raise wheels.installer_failure(project, f"{venv} could not be made", "lab doctor")
        if wheels.needed(project):
            wheels.install(project, venv)
        locked = is_lock(project)
        if locked and not pins_in(lock_text(project)):
            return  # all that is asked for comes from Nix
        command = [str(venv / "bin" / "python3"), "-I", "-m", "pip", "install", "--no-user"]
        # Python compiles what is imported, when it is. All at once takes a third of the time.
        command += ["--no-input", "--disable-pip-version-check", "--no-compile", "--requirement"]
        command += ["requirements.txt", *(["--require-hashes"] if locked else [])]
        if project.packages:
            command += ["--no-index", "--find-links", str(project.packages)]
        step = "Installing requirements.txt into .venv"
        if not wheels.run_installer(project, command, variables, step, progress):
            what = f"The packages of {project.root / 'requirements.txt'} could not be installed"
            fix = "lab lock && lab sync" if locked else "correct that file, then: lab sync"
            raise wheels.installer_failure(project, what, fix, asked=self.asked if locked else "")


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
        raise wheels.installer_failure(project, what, fix)

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
        import tomllib

        lock = project.root / "uv.lock"
        text = lock.read_text(encoding="utf-8") if lock.exists() else ""
        return {canonical(package["name"]) for package in tomllib.loads(text).get("package", [])}

    def _run(
        self, project: Project, venv: Path, command: list[str], step: str, progress: Progress
    ) -> bool:
        if not wheels.run_installer(project, command, uv_variables(project), step, progress):
            return False
        wheels.install_answers(project, venv)
        if wheels.needed(project):
            wheels.install(project, venv)
        return True


def kind_of(project: Project) -> Kind:
    """The kind that flake.nix asks for."""
    return Uv() if project.facts["venv"] == "uv" else Pip()


def finish(venv: Path) -> None:
    """The new .venv has its stamp: the one before is not needed any more."""
    shutil.rmtree(venv.with_name(PREVIOUS), ignore_errors=True)


def uv_variables(project: Project) -> dict[str, str]:
    """Settings that keep uv to the project's own interpreter and folder."""
    found = wheels.for_uv(project)
    # Exported, it would aim every uv command at the interpreter in the read-only store.
    found.pop("UV_PYTHON", None)
    if project.packages:
        found |= {"UV_CACHE_DIR": str(project.packages), "UV_OFFLINE": "1"}
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
