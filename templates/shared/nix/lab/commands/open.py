"""`lab open`: JupyterLab, or another service, in the browser."""

import browser
import project as projects
from commands import url
from terminal import note, say


def run(options: set[str], arguments: list[str]) -> int:
    """Open the page of a service that runs, or print its address where no browser is."""
    project = projects.load()
    address = url.find(project, arguments)
    if not browser.open_page(project, address):
        note("No browser was found here. Open this address where you have one:")
    say(address)
    return 0
