"""`lab sync` and `lab lock`: the virtual environment and its lock, brought up to date."""

from ..base import project as projects
from ..base.called import here
from ..base.terminal import Answer, Progress, note
from ..packages import locks, venv
from ..packages.backend import backend_of
from ..services import supervisor


def sync(options: set[str], arguments: list[str]) -> Answer:
    """Bring .venv up to date."""
    project = projects.load()
    changed = venv.bring_up_to_date(project, Progress())
    if project.venv is None:  # from the beginning, or no more
        line = f"{project.name} needs no virtual environment: all of its packages come from Nix."
        return Answer({"venv": None, "changed": changed}, [line])
    line = f"{project.venv} {'is up to date now' if changed else 'was up to date already'}."
    if changed and supervisor.answers(project):
        fix = here("lab start --again")
        note(f"{project.name} runs with the packages from before. Next: {fix}")
    return Answer({"venv": str(project.venv), "changed": changed}, [line])


# `lab lock`: the exact versions of the packages from PyPI, written down.


def lock(options: set[str], arguments: list[str]) -> Answer:
    """Update uv.lock, or requirements.txt where there is a requirements.in."""
    project = projects.load()
    file = project.root / backend_of(project).lock
    before = file.read_bytes() if file.exists() else b""
    progress = Progress()
    project.log("sync").unlink(missing_ok=True)
    try:
        locks.update(project, progress, upgrade="--upgrade" in options)
    finally:
        progress.clear()
    changed = file.read_bytes() != before
    line = f"{file} is updated. Install it with: {here('lab sync')}"
    if not changed:
        line = f"{file} was up to date already."
    return Answer({"file": str(file), "changed": changed}, [line])
