"""`lab open`: JupyterLab in the browser."""

import browser
import project as projects
from commands import url
from terminal import note, say


def run(options: set[str], arguments: list[str]) -> int:
    """Open the login page of a project that runs, or print its address where no browser is."""
    address = url.find(projects.load())
    if not browser.open_page(address):
        note("No browser was found here. Open this address where you have one:")
    say(address)
    return 0
