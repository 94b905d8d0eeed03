"""The virtual environment, .venv: up to date, whole or not at all. `lab sync`."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from ..base import project as projects
from ..base.errors import Problem
from ..base.file_lock import lock
from ..base.files import rename, write
from ..base.project import Project
from ..base.terminal import Answer, Progress, note
from . import locks, wheels


def sync(options: set[str], arguments: list[str]) -> Answer:
    """Bring .venv up to date."""
    project = projects.load()
    if project.venv is None:
        line = f"{project.name} needs no virtual environment: all of its packages come from Nix."
        return Answer({"venv": None, "changed": False}, [line])
    changed = bring_up_to_date(project, Progress())
    line = f"{project.venv} {'is up to date now' if changed else 'was up to date already'}."
    return Answer({"venv": str(project.venv), "changed": changed}, [line])


# Bringing .venv up to date when, and only when, something that it is made from has changed.


STAMP = locks.STAMP
# In the state folder, where no clone brings anything:
PROOF = "venv-proof"  # what the stamp of a .venv that was made here repeats
MAKING = "venv-making"  # there while .venv is being made, or after that was cut short


def up_to_date(project: Project) -> bool:
    """Is .venv what it should be? Asked at every start, so no program is run for it."""
    venv = project.venv
    if venv is None:
        return True
    return (
        os.access(venv / "bin" / "python3", os.X_OK)
        and _stamp(project, venv) == project.venv_key
        and (not wheels.needed(project) or wheels.installed(project, venv))
    )


def bring_up_to_date(project: Project, progress: Progress) -> bool:
    """Fill .venv if it needs it. Was there anything to do?"""
    if up_to_date(project):
        return False
    with lock(project.state / "sync.lock", "sync"):
        # Another shell may have done it while we waited for the lock.
        if project.venv is None or up_to_date(project):
            return False
        project.log("sync").unlink(missing_ok=True)
        ours = os.umask(project.umask)
        try:
            _fill(project, project.venv, progress)
        finally:
            os.umask(ours)
            progress.clear()
    return True


def _fill(project: Project, venv: Path, progress: Progress) -> None:
    making = project.state / MAKING
    kind = locks.kind_of(project)
    if making.exists():
        kind.recover(venv)
    if not making.exists() and not _stamp(project, venv):
        _take_away(venv)
    if _stamp(project, venv) == project.venv_key and (venv / "bin" / "python3").exists():
        # Filled all right; only the interpreter was replaced, by a `uv` of the user's for example.
        wheels.install(project, venv)
        return
    before = _lock_text(project)
    locks.update_if_stale(project, progress)
    if _lock_text(project) != before and not locks.key_after_update(project):
        # The last package from PyPI is gone, and .venv with it.
        if made_here(project):
            shutil.rmtree(venv)
        return
    from . import offline  # reads archives: a start that fills nothing need not load that

    making.touch()
    try:
        with offline.packages(project):
            kind.fill(project, venv, progress)
    except BaseException:
        if kind.recover(venv):
            making.unlink()
        raise
    # uv may have updated its lock as well, when pyproject.toml asked for something new.
    changed = _lock_text(project) != before
    _put_stamp(project, venv, locks.key_after_update(project) if changed else project.venv_key)
    making.unlink()
    locks.finish(venv)


def made_here(project: Project) -> bool:
    """Is there a .venv that `lab` has made, on this computer?"""
    return bool(_stamp(project, project.root / ".venv"))


def of_ours(project: Project) -> bool:
    """As made_here, and also of what is there after a filling that has failed."""
    return made_here(project) or (project.state / MAKING).exists()


def _lock_text(project: Project) -> tuple[bytes, ...]:
    files = (project.root / "requirements.txt", project.root / "uv.lock")
    return tuple(file.read_bytes() if file.exists() else b"" for file in files)


def _stamp(project: Project, venv: Path) -> str:
    """The key that .venv was made for; empty where we did not make it here.

    A stamp can come with a clone, and .venv with it. So it repeats a random number that is in the
    state folder, outside of the project.
    """
    try:
        key, proof = (venv / STAMP).read_text(encoding="utf-8").split()
        known = (project.state / PROOF).read_text(encoding="utf-8").strip()
        mine = venv.lstat().st_uid == os.getuid() and not venv.is_symlink()
    except (OSError, ValueError):
        return ""
    return key if mine and proof == known else ""


def _put_stamp(project: Project, venv: Path, key: str) -> None:
    proof = os.urandom(16).hex()
    write(project.state / PROOF, proof)
    write(venv / STAMP, f"{key}\n{proof}\n")


def _take_away(venv: Path) -> None:
    """Nothing of a .venv that we did not make here is run. It may hold somebody's work."""
    if not os.path.lexists(venv):
        return
    if not venv.is_symlink() and (venv / STAMP).exists():
        note(f"{venv} was made on another computer, or for another folder. It is made again.")
        shutil.rmtree(venv)
        return
    for number in range(1, 100):
        aside = venv.with_name(f"{venv.name}.before-{number}")
        if not os.path.lexists(aside):
            rename(venv, aside)
            note(f"{venv} was not made by lab. It is called {aside.name} now, should you miss it.")
            return
    raise Problem(f"{venv} exists and was not made by lab.", f'rm -r "{venv}"')


# What JupyterLab opens on when .venv cannot be brought up to date.
#
# A wrong name in a file of packages is corrected in the editor that JupyterLab is. So it opens with
# what there is: the .venv from before, what uv.lock holds, or Python as it comes from Nix.


def fall_back(project: Project, problem: Problem, progress: Progress) -> Problem:
    """Find what can run all the same, and give what is to be said of it, the reason included.

    Raises `problem` itself when there is nothing.
    """
    venv, kind = project.root / ".venv", locks.kind_of(project)
    if _has_jupyterlab(project, venv):
        words = "JupyterLab runs with the packages from before."
    elif not kind.has_jupyterlab:
        project.without_venv = True
        _offer_kernel(project)
        words = "JupyterLab runs without the packages from PyPI."
    elif kind.fill_from_lock(project, venv, progress) and _has_jupyterlab(project, venv):
        words = f"JupyterLab runs with the packages that are in {kind.lock}."
    else:
        raise problem
    progress.clear()
    fix = problem.fix or "lab sync"
    for word in ("lab lock && lab sync", "lab sync", "lab lock"):
        fix = fix.replace(word, "lab stop && lab start")
    return Problem(f"{problem.message}\n{words}", fix, problem.code)


def _has_jupyterlab(project: Project, venv: Path) -> bool:
    """Is it ours, and does it work? Its interpreter, or what is below it, may be gone."""
    if not of_ours(project):
        return False
    command = [str(venv / "bin" / "python3"), "-P", "-c", "import jupyterlab"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _offer_kernel(project: Project) -> None:
    """A kernel of the Python from Nix. The one that activate.sh has announced is in .venv."""
    folder = fallback_kernels(project) / "kernels" / "python3"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    python = project.facts["python"]
    kernel = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "metadata": {"debugger": True},
    }
    write(folder / "kernel.json", json.dumps(kernel))


def fallback_kernels(project: Project) -> Path:
    """A folder for JUPYTER_PATH, in front of the others where .venv is not used."""
    return project.state / "jupyter" / "without-venv"
