"""`lab sync`: the virtual environment, brought up to date."""

from ..base import project as projects
from ..base.terminal import Answer, Progress
from ..packages import venv


def sync(options: set[str], arguments: list[str]) -> Answer:
    """Bring .venv up to date."""
    project = projects.load()
    if project.venv is None:
        line = f"{project.name} needs no virtual environment: all of its packages come from Nix."
        return Answer({"venv": None, "changed": False}, [line])
    changed = venv.bring_up_to_date(project, Progress())
    line = f"{project.venv} {'is up to date now' if changed else 'was up to date already'}."
    return Answer({"venv": str(project.venv), "changed": changed}, [line])
