"""Bringing .venv up to date when, and only when, something that it is made from has changed."""

import os
from pathlib import Path

from environment import locks, wheels, with_pip, with_uv
from files import lock, write
from project import Project
from terminal import Progress

STAMP = with_pip.STAMP


def up_to_date(project: Project) -> bool:
    """Is .venv what it should be? Asked at every start, so no program is run for it."""
    venv = project.venv
    if venv is None:
        return True
    return (
        os.access(venv / "bin" / "python3", os.X_OK)
        and _stamp(venv) == project.venv_key
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
    if _stamp(venv) == project.venv_key and (venv / "bin" / "python3").exists():
        # Filled all right; only the interpreter was replaced, by a `uv` of the user's for example.
        wheels.install(project, venv)
        return
    before = _lock_text(project)
    locks.renew_if_stale(project, progress)
    if project.facts["venv"] == "uv":
        # While uv is at work, no stamp: what it leaves when it fails is not what the stamp said.
        (venv / STAMP).unlink(missing_ok=True)
        with_uv.fill(project, venv, progress)
        if wheels.needed(project):
            wheels.install(project, venv)
    else:
        with_pip.fill(project, venv, progress)
    # uv may have renewed its lock as well, when pyproject.toml asked for something new.
    changed = _lock_text(project) != before
    write(venv / STAMP, locks.key_after_renewal(project) if changed else project.venv_key)


def _lock_text(project: Project) -> tuple[bytes, ...]:
    files = (project.root / "requirements.txt", project.root / "uv.lock")
    return tuple(file.read_bytes() if file.exists() else b"" for file in files)


def _stamp(venv: Path) -> str:
    try:
        return (venv / STAMP).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
