""".venv filled by uv, from uv.lock; and what stands in uv.lock when it is updated."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..base.files import rename, tail, write_shared
from ..base.project import Project
from ..base.terminal import Problem, Progress, indented
from . import entry_scripts, installer, settings, verify, wheel_libraries
from .names import canonical
from .site_packages import directory_of_nix
from .stamp import MAKING, PREVIOUS, STAMP, finish, of_ours, put_back


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
            # uv refuses a directory without an interpreter, such as one whose interpreter is gone.
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
            message = f"{project.root / 'uv.lock'} no longer matches pyproject.toml."
            raise Problem(message, "nix run '.#lab' -- lock    and commit uv.lock")
        what = f"The packages of {project.root / 'uv.lock'} could not be installed"
        fix = "correct pyproject.toml where it is wrong, then: lab sync"
        raise installer.failure(project, what, fix)

    def recover(self, venv: Path) -> bool:
        """What uv has left may be half of the one and half of the other, if it was ours."""
        return venv.with_name(PREVIOUS).is_dir() and put_back(venv)

    def fill_from_lock(self, project: Project, venv: Path, progress: Progress) -> bool:
        """Let uv look at nothing but uv.lock."""
        command = [project.facts["uv"], "sync", "--frozen", "--python", project.facts["python"]]
        making = project.state / MAKING
        if is_foreign := venv.exists() and not of_ours(project):
            # Its interpreter is not run: uv would ask it.
            rename(venv, venv.with_name(PREVIOUS))
            making.touch()
        filled = self._run(project, venv, command, "Installing uv.lock as it is", progress)
        if filled:
            finish(venv)
        elif is_foreign:
            put_back(venv)
            making.unlink()
        return filled

    def lock_command(self, project: Project) -> list[str]:
        """For every system, as uv does by itself."""
        return [project.facts["uv"], "lock", "--python", project.facts["python"]]

    def differences(self, project: Project) -> tuple[list[str], list[str]]:
        """None: uv brings its lock up to date itself."""
        return [], []

    def exported(self, project: Project) -> str:
        """As `uv export` writes it, without the network."""
        command = ["export", "--locked", "--no-annotate", "--no-header"]
        command += ["--python", project.facts["python"]]
        what = "uv.lock does not fit pyproject.toml"
        return run_offline(project, command, project.root, what, self.lock)

    def download(self, project: Project, directory: Path, progress: Progress) -> None:
        """Into a cache of uv's, which holds packages of every kind of source."""
        venv = directory.with_name("venv")
        variables = settings.for_uv(project) | {"UV_CACHE_DIR": str(directory)}
        variables["UV_PROJECT_ENVIRONMENT"] = str(venv)
        command = [project.facts["uv"], "sync", "--locked", "--python", project.facts["python"]]
        installer.download(project, command, variables, self.lock, progress)
        shutil.rmtree(venv)
        for other in directory.glob("interpreter-*"):  # of this computer
            shutil.rmtree(other)

    def recorded(self, project: Project) -> set[str]:
        """The names in uv.lock."""
        import tomllib

        lock = project.root / "uv.lock"
        text = lock.read_text(encoding="utf-8") if lock.exists() else ""
        return {canonical(package["name"]) for package in tomllib.loads(text).get("package", [])}

    def _run(
        self, project: Project, venv: Path, command: list[str], step: str, progress: Progress
    ) -> bool:
        variables = settings.for_uv(project)
        with kept(project):
            done = installer.run(project, command, variables, step, progress)
        if not done:
            return False
        install_answers(project, venv)
        entry_scripts.repair(venv)
        if wheel_libraries.needed(project):
            wheel_libraries.install(project, venv)
        return True


def run_offline(project: Project, command: list[str], directory: Path, what: str, lock: str) -> str:
    """Run uv in a build, which has no network, and give what it prints. Raises Problem."""
    variables = {**os.environ, "UV_OFFLINE": "1", "UV_NO_CACHE": "1"}
    # In a build it names no file, and uv would say so.
    variables.pop("SSL_CERT_FILE", None)
    done = subprocess.run(
        [project.facts["uv"], *command],
        cwd=directory,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = indented(done.stderr.strip().splitlines()[-8:])
        raise Problem(f"{what}:{said}", f"./lab lock && git add {lock}")
    return done.stdout


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
        shutil.copyfile(directory_of_nix(project) / name, target / name)


# uv.lock: what stands there of a package that stays as it is stays as it is, too.
#
# The lock that comes with a project holds only files that the project can use. uv takes that for a
# whole lock; but when one package is added, it writes down the files of all again, for systems and
# Pythons that the project is not for, and in the manner of its own version: a thousand lines that
# nobody can review.


_ENTRY = "[[package]]\n"
_IDENTITY = re.compile(r"(?:(?:name|version|source) = .*\n)+")
_FILES = re.compile(
    r"^sdist = .*\n(?:wheels = \[\n(?: .*\n)*\]\n)?|^wheels = \[\n(?: .*\n)*\]\n", re.MULTILINE
)
# A file is where it is and what is in it. (Its size and its date are only said beside that.)
_FILE = re.compile(r'\{ ((?:url|path) = "[^"]*"(?:, hash = "[^"]*")?)')
# Each version of uv has its own number, and reads the others' locks.
_OF_UV = re.compile(r"^revision = .*\n|^resolution-markers = \[\n(?: .*\n)*\]\n", re.MULTILINE)
_SUPPORTED = re.compile(r"^supported-markers = \[\n((?: .*\n)*)\]\n", re.MULTILINE)
_MARKER = re.compile(r', marker = "([^"]*)"')


@contextmanager
def kept(project: Project) -> Iterator[None]:
    """Let a command of uv's update the lock. What it has not changed is given back after it."""
    lock = project.root / "uv.lock"
    before = lock.read_text(encoding="utf-8") if lock.exists() else ""
    yield
    after = lock.read_text(encoding="utf-8") if lock.exists() else ""
    if before and after and after != before and (merged := _merged(before, after)) != after:
        write_shared(lock, merged)


def _merged(before: str, after: str) -> str:
    """`after`, in which each package that `before` has, too, is written as it is there."""
    (old_head, *old), (head, *new) = before.split(_ENTRY), after.split(_ENTRY)
    # For other systems or Pythons, other files are needed.
    if _OF_UV.sub("", old_head) != _OF_UV.sub("", head):
        return after
    found = _SUPPORTED.search(head)
    everywhere = _clauses(" or ".join(re.findall(r'"(.*)"', found[1]))) if found else set()
    known = {_identity(entry): entry for entry in old}
    entries = (_entry(known.get(_identity(each), ""), each, everywhere) for each in new)
    return _ENTRY.join([head, *entries])


def _identity(entry: str) -> str:
    found = _IDENTITY.match(entry)
    return found.group() if found else ""


def _entry(old: str, new: str, everywhere: set[frozenset[str]]) -> str:
    said = {_plain(line, everywhere): line for line in old.splitlines()}
    lines = [said.get(_plain(line, everywhere), line) for line in new.splitlines()]
    new = "\n".join([*lines, ""])
    files, current = _FILES.search(old), _FILES.search(new)
    if not files or not current:
        return new
    if not set(_FILE.findall(files.group())) <= set(_FILE.findall(current.group())):
        return new  # one of them is not there any more
    return new[: current.start()] + files.group() + new[current.end() :]


def _plain(line: str, everywhere: set[frozenset[str]]) -> str:
    """Without a condition that holds on each system of the project: some versions of uv add it."""
    return _MARKER.sub(lambda each: "" if _clauses(each[1]) == everywhere else each[0], line)


def _clauses(marker: str) -> set[frozenset[str]]:
    return {frozenset(each.strip(" ()").split(" and ")) for each in marker.split(" or ")}
