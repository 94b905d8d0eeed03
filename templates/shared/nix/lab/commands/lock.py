"""`lab lock`: the exact versions of the packages from PyPI, written down."""

from ..base import project as projects
from ..base.invocation import here
from ..base.terminal import Answer, Progress
from ..packages import locks


def lock(options: set[str], arguments: list[str]) -> Answer:
    """Update uv.lock, or requirements.txt where there is a requirements.in."""
    project = projects.load()
    progress = Progress()
    project.log("sync").unlink(missing_ok=True)
    try:
        file = locks.update(project, progress, upgrade="--upgrade" in options)
    finally:
        progress.clear()
    line = f"{project.root / file} is updated. Install it with: {here('lab sync')}"
    return Answer({"file": str(project.root / file)}, [line])
