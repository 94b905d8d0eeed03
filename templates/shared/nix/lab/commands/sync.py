"""`lab sync`: the virtual environment, as the project's files describe it."""

import project as projects
from environment import sync
from terminal import Progress, say


def run(options: set[str], arguments: list[str]) -> int:
    """Bring .venv up to date."""
    project = projects.load()
    if project.venv is None:
        say(f"{project.name} needs no virtual environment: all of its packages come from Nix.")
    elif sync.bring_up_to_date(project, Progress()):
        say(f"{project.venv} is up to date now.")
    else:
        say(f"{project.venv} was up to date already.")
    return 0
