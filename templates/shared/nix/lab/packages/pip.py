""".venv filled by pip, from requirements.txt, which is the lock of requirements.in."""

import shlex
from pathlib import Path

from ..base.files import rename
from ..base.project import Project
from ..base.terminal import Problem, Progress
from . import (
    entry_scripts,
    installer,
    requirements,
    settings,
    site_packages,
    verify,
    wheel_libraries,
)
from .names import canonical, name_of
from .stamp import PREVIOUS, put_back


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
        entry_scripts.repair(venv)
        verify.check_pip(project, venv)

    def recover(self, venv: Path) -> bool:
        """Whatever moment it was cut short in: the last good .venv has its place again."""
        return put_back(venv)

    def fill_from_lock(self, project: Project, venv: Path, progress: Progress) -> bool:
        """The lock and what it is made from are filled together: there is no other way."""
        return False

    def lock_command(self, project: Project) -> list[str]:
        """For every system, and with no trace of where this one found the packages."""
        if not requirements.is_lock(project):
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
        return [*command, *site_packages.options(project)]

    def differences(self, project: Project) -> tuple[list[str], list[str]]:
        """Of requirements.in and requirements.txt. Also refuses what is locked without a hash."""
        found = _missing(project), _superfluous(project)
        _refuse_unhashed(project)
        return found

    def exported(self, project: Project) -> str:
        """It is one already."""
        if absent := _missing(project):
            message = f"requirements.in asks for {', '.join(absent)}, which is not locked."
            raise Problem(message, "./lab lock && git add requirements.txt")
        if not requirements.is_lock(project):
            message = "requirements.txt has no hashes, so nobody knows what would be in an image."
            fix = "mv requirements.txt requirements.in && ./lab lock && git add --all"
            raise Problem(message, fix)
        return requirements.read_lock(project)

    def download(self, project: Project, directory: Path, progress: Progress) -> None:
        """Wheels alone. What has to be compiled would want the network once more, elsewhere."""
        if absent := _missing(project):
            message = f"requirements.in asks for {', '.join(absent)}, which is not locked."
            raise Problem(message, "lab lock    and commit requirements.txt")
        if not any(requirements.read(project.root / "requirements.txt")):
            return
        command = [project.facts["python"], "-I", "-m", "pip", "download", "--no-input"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:"]
        command += ["--dest", str(directory)]
        command += ["--no-deps", "--require-hashes"] if requirements.is_lock(project) else []
        command += ["--requirement", "requirements.txt"]
        variables = settings.for_pip(project) | {"NIX_JUPYTER_SYNC": "1"}
        installer.download(project, command, variables, self.lock, progress)

    def recorded(self, project: Project) -> set[str]:
        """The names in the lock, or in a requirements.txt that is none."""
        lines = requirements.read(project.root / "requirements.txt")
        return {name_of(line.text) for line in lines}

    def _make(self, project: Project, venv: Path, progress: Progress) -> None:
        python = project.facts["python"]
        variables = settings.for_pip(project) | {"NIX_JUPYTER_SYNC": "1"}
        # pip itself comes from the environment underneath; a copy of its own would take seconds.
        command = [python, "-I", "-m", "venv", "--system-site-packages", "--without-pip", str(venv)]
        if not installer.run(project, command, variables, "Making .venv", progress):
            raise installer.failure(project, f"{venv} could not be made", "lab doctor")
        if wheel_libraries.needed(project):
            wheel_libraries.install(project, venv)
        locked = requirements.is_lock(project)
        if locked and not requirements.pins_in(requirements.read_lock(project)):
            return  # all that is asked for comes from Nix
        command = [str(venv / "bin" / "python3"), "-I", "-m", "pip", "install", "--no-user"]
        # Python compiles what is imported, when it is. All at once takes a third of the time.
        command += ["--no-input", "--disable-pip-version-check", "--no-compile", "--requirement"]
        command += ["requirements.txt", *(["--require-hashes"] if locked else [])]
        if project.packages:
            command += ["--no-index", "--find-links", str(project.packages)]
        step = "Installing requirements.txt into .venv"
        if not installer.run(project, command, variables, step, progress):
            what = f"The packages of {project.root / 'requirements.txt'} could not be installed"
            fix = "lab lock && lab sync" if locked else "correct that file, then: lab sync"
            raise installer.failure(project, what, fix, asked=self.asked if locked else "")


# Whether requirements.txt still says what requirements.in asks for.


def _missing(project: Project) -> list[str]:
    """What requirements.in asks for and neither the lock, requirements.txt, nor Nix gives.

    Raises Problem for what can never be in such a lock.
    """
    if not requirements.is_lock(project):
        return []
    asked = project.root / "requirements.in"
    requirements.refuse_unhashable(asked)

    # It comes along with JupyterLab.
    from packaging.requirements import InvalidRequirement, Requirement

    text = requirements.read_lock(project)
    pins, to_nix = requirements.pins_in(text), requirements.left_to_nix(text)
    provided = site_packages.provided(project) if to_nix else {}
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


def _superfluous(project: Project) -> list[str]:
    """What the lock holds for requirements.in, and requirements.in does not ask for any more."""
    if not requirements.is_lock(project):
        return []
    lines = requirements.read(project.root / "requirements.in")
    asked = [name_of(line.text) for line in lines]
    return [
        name for name in requirements.direct(requirements.read_lock(project)) if name not in asked
    ]


def _refuse_unhashed(project: Project) -> None:
    """Raise Problem for a name that was written into the lock by hand: it says where it belongs."""
    if requirements.is_lock(project) and (
        found := requirements.unhashed(requirements.read_lock(project))
    ):
        raise Problem(
            f"{project.root / 'requirements.txt'} is the lock of requirements.in, and this stands "
            f"in it without a hash: {', '.join(found)}.",
            f"lab add {shlex.join(found)}",
        )
