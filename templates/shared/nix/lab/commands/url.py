"""`lab url`: the address that opens JupyterLab, token included."""

import ports
import project as projects
import services
import supervisor
from problem import Problem
from project import Project
from terminal import say


def run(options: set[str], arguments: list[str]) -> int:
    """Print the login address of a project that runs."""
    say(find(projects.load()))
    return 0


def find(project: Project) -> str:
    """The login address; a Problem when nothing runs."""
    port = ports.remembered(project).get(services.JUPYTER)
    if port is None or not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    return services.page(project, services.JUPYTER, port)
