"""`lab url`: the address that opens JupyterLab or another service, its secret included."""

import ports
import project as projects
import services
import supervisor
from problem import Problem
from project import Project
from terminal import say


def run(options: set[str], arguments: list[str]) -> int:
    """Print the address of a service of a project that runs; JupyterLab's without an argument."""
    say(find(projects.load(), arguments))
    return 0


def find(project: Project, arguments: list[str]) -> str:
    """The address that opens a service; a Problem when nothing runs."""
    (name,) = services.named(project, arguments or [services.JUPYTER])
    port = ports.remembered(project).get(name)
    if port is None or not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    return services.page(project, name, port)
