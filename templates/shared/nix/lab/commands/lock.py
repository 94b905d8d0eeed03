"""`lab lock`: the exact versions of all packages from PyPI, written down with their hashes."""

import project as projects
from environment import locks
from terminal import Progress, say


def run(options: set[str], arguments: list[str]) -> int:
    """Update uv.lock, or requirements.txt where there is a requirements.in."""
    project = projects.load()
    progress = Progress()
    project.log("sync").unlink(missing_ok=True)
    try:
        file = locks.update(project, progress, upgrade="--upgrade" in options)
    finally:
        progress.clear()
    say(f"{project.root / file} is updated. Install it with: lab sync")
    return 0
