""".venv filled by uv, from uv.lock."""

import os
import shutil
from pathlib import Path

from ...base.errors import Problem
from ...base.files import tail
from ...base.project import Project
from ...base.terminal import Progress
from .. import wheel_libraries
from ..names import canonical
from ..site_packages import folder_of_nix
from ..stamp import STAMP
from . import installer, installer_settings, uv_lock, verify


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
        if not wheel_libraries.installed(project, venv):
            # With it, uv would not recognise the interpreter behind our script, and begin from
            # nothing.
            command += ["--python", project.facts["python"]]
        if os.environ.get("CI"):
            # On a build machine nobody would see or keep a new lock. Elsewhere uv updates it.
            command.append("--locked")
        if self._run(project, venv, command, "Installing uv.lock into .venv", progress):
            verify.check_uv(project, venv)
            return
        if "lockfile" in "".join(tail(project.log("sync"), 5)) and "--locked" in command:
            message = f"{project.root / 'uv.lock'} does not fit pyproject.toml any more."
            raise Problem(message, "nix run .#lab -- lock    and commit uv.lock")
        what = f"The packages of {project.root / 'uv.lock'} could not be installed"
        fix = "correct pyproject.toml where it is wrong, then: lab sync"
        raise installer.failure(project, what, fix)

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
        variables = installer_settings.for_uv(project)
        with uv_lock.kept(project):
            done = installer.run(project, command, variables, step, progress)
        if not done:
            return False
        install_answers(project, venv)
        if wheel_libraries.needed(project):
            wheel_libraries.install(project, venv)
        return True


def _remove(venv: Path) -> None:
    if venv.is_symlink():
        venv.unlink()
    else:
        shutil.rmtree(venv)


# What `pip install` answers, and Jupyter's settings, for a .venv that does not see Nix's. They are
# the files of nix/answers, which each start of Python reads.
ANSWERS = ("nix_jupyter_answers.py", "nix_jupyter_startup.py", "nix_jupyter_startup.pth")


def install_answers(project: Project, venv: Path) -> None:
    """Copy them into .venv. The environment of Nix has them from the beginning."""
    version = project.facts["pythonVersion"]
    target = venv / "lib" / f"python{version}" / "site-packages"
    for name in ANSWERS:
        shutil.copyfile(folder_of_nix(project) / name, target / name)
