"""`lab open`: a service of a project that runs, in the browser."""

from ..base import browser
from ..base import project as projects
from ..base.terminal import Answer, note
from ..services.urls import find_url


def open(options: set[str], arguments: list[str]) -> Answer:
    """Open the page of a service that runs, or print its address where no browser is."""
    project = projects.load()
    name, address = find_url(project, arguments)
    opened = browser.open_page(project, address)
    if not opened:
        note("No browser was found here. Open this address where you have one:")
    return Answer({"service": name, "url": address, "opened": bool(opened)}, [address])
