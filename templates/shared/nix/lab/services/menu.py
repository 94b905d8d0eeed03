"""The menu "Project" in JupyterLab: one entry for each service, which opens its page.

JupyterLab reads it as defaults of its settings, from a file in the state folder: the addresses hold
the key, so they may stand in no file of the project.
"""

import json
from pathlib import Path
from typing import Any

from ..base.files import write
from ..base.project import Project
from .names import JUPYTER
from .urls import page


def offer(project: Project, ports: dict[str, int]) -> None:
    """Write the menu for services on these ports; without any, there is no menu."""
    file = _path(project)
    pages = {name: port for name, port in ports.items() if name != JUPYTER}
    entries = [_entry(project, name, port) for name, port in pages.items()]
    if not entries:
        file.unlink(missing_ok=True)
        return
    # Rank 900: after "Settings", before "Help", which has 1000.
    menu = {"id": "nix-jupyter-project", "label": "Project", "rank": 900, "items": entries}
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(file, json.dumps({"@jupyterlab/mainmenu-extension:plugin": {"menus": [menu]}}))


def _path(project: Project) -> Path:
    """A file of this name in a folder of JUPYTER_CONFIG_DIR, which nix/activate.sh has set."""
    return project.state / "jupyter" / "config" / "labconfig" / "default_setting_overrides.json"


def _entry(project: Project, name: str, port: int) -> dict[str, Any]:
    address = page(project, name, port)
    return {
        "command": "help:open",
        "args": {"text": f"Open {name}", "url": address, "newBrowserTab": True},
    }
