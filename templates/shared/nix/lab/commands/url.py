"""`lab url`: the address of a service of a project that runs."""

from ..base import project as projects
from ..base.terminal import Answer
from ..services.urls import find_url


def url(options: set[str], arguments: list[str]) -> Answer:
    """The address that opens a service of a project that runs; JupyterLab's without an argument."""
    name, address = find_url(projects.load(), arguments)
    return Answer({"service": name, "url": address}, [address])
