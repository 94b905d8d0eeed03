"""The virtual environment, .venv: up to date, whole or not at all.

It is brought up to date when, and only when, something that it is made from has changed.
"""

import os
import shlex
import shutil
from itertools import takewhile
from pathlib import Path

from ..base.files import lock, rename
from ..base.project import Project
from ..base.terminal import Problem, Progress, note
from . import stamp, wheel_libraries


def up_to_date(project: Project) -> bool:
    """Is .venv what it should be? Asked at every start, so no program is run for it."""
    venv = project.venv
    if venv is None:
        return True
    return (
        os.access(venv / "bin" / "python3", os.X_OK)
        and stamp.read(project, venv) == project.venv_key
        and (not wheel_libraries.needed(project) or wheel_libraries.installed(project, venv))
    )


def bring_up_to_date(project: Project, progress: Progress) -> bool:
    """Fill .venv if it needs it. Was there anything to do? Raises Problem where it cannot."""
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
    # A start that fills nothing need not load these.
    from . import locks, offline
    from .backend import backend_of

    _refuse_noexec(project.root)
    making = project.state / stamp.MAKING
    backend = backend_of(project)
    if making.exists() and backend.recover(venv):
        making.unlink()
    is_foreign = not making.exists() and not stamp.read(project, venv)
    if stamp.read(project, venv) == project.venv_key and (venv / "bin" / "python3").exists():
        # Filled all right; only the interpreter was replaced, by a `uv` of the user's for example.
        wheel_libraries.install(project, venv)
        return
    before = _lock_text(project)
    locks.update_if_stale(project, progress)
    before = _announce(project, before)
    if not project.venv:
        # The last package from PyPI is gone, and .venv with it.
        if stamp.made_here(project):
            shutil.rmtree(venv)
        return
    stamp.finish(venv)
    if is_foreign:
        _take_away(venv)
    making.touch()
    try:
        with offline.packages(project):
            backend.fill(project, venv, progress)
    except BaseException:
        if backend.recover(venv):
            making.unlink()
        raise
    # uv may have updated its lock as well, when pyproject.toml asked for something new.
    _announce(project, before)
    stamp.put(project, venv, project.venv_key)
    making.unlink()
    stamp.finish(venv)


def _refuse_noexec(root: Path) -> None:
    """The programs of .venv would be installed, and none of them could be started."""
    disks = list(takewhile(_is_noexec, (root, *root.parents)))
    if not disks:
        return
    disk = disks[-1]  # where it is mounted
    message = (
        f"No program can be started from the disk at {disk} (noexec), so .venv cannot be on it."
    )
    raise Problem(message, f"sudo mount -o remount,exec {shlex.quote(str(disk))} && lab sync")


def _is_noexec(directory: Path) -> bool:
    return bool(os.statvfs(directory).f_flag & getattr(os, "ST_NOEXEC", 0))


def _announce(project: Project, before: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Say so where the lock has changed, on which the key of .venv depends."""
    from . import locks

    if (now := _lock_text(project)) != before:
        locks.announce(project)
    return now


def _lock_text(project: Project) -> tuple[bytes, ...]:
    files = (project.root / "requirements.txt", project.root / "uv.lock")
    return tuple(file.read_bytes() if file.exists() else b"" for file in files)


def _take_away(venv: Path) -> None:
    """Nothing of a .venv that we did not make here is run. It may hold somebody's work.

    One of another state directory is put back where this filling fails: there it is good.
    """
    if not os.path.lexists(venv):
        return
    if not venv.is_symlink() and (venv / stamp.STAMP).exists():
        why = "on another computer, for another directory or with another XDG_STATE_HOME"
        note(f"{venv} was made {why}. Making it again.")
        rename(venv, venv.with_name(stamp.PREVIOUS))
        return
    for number in range(1, 100):
        aside = venv.with_name(f"{venv.name}.before-{number}")
        if not os.path.lexists(aside):
            rename(venv, aside)
            note(f"{venv} was not created by lab. It is now called {aside.name}.")
            return
    raise Problem(f"{venv} exists and was not created by lab.", f'rm -r "{venv}"')
