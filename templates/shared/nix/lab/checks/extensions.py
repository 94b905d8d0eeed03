"""Are JupyterLab's extensions where JupyterLab can hand them to the browser?"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from ..base.project import Project
from .findings import Finding, line, quoted


def extensions(project: Project) -> Iterator[Finding]:
    """Look for the script with which each begins. It may be missing, or be refused."""
    found = _extensions(project)
    wrong = False
    for name, (root, folder) in sorted(found.items()):
        if why := _problem(root, folder):
            wrong = True
            yield _refused(project, folder, name, why)
    if not wrong:
        yield line("extensions", count=len(found))


def _extensions(project: Project) -> dict[str, tuple[Path, Path]]:
    """For each the folder that JupyterLab serves, and its own in there. The first one counts."""
    places = [project.venv / "share" / "jupyter"] if project.venv else []
    places += [Path(place) for place in os.environ.get("JUPYTER_PATH", "").split(":") if place]
    found: dict[str, tuple[Path, Path]] = {}
    for root in (place / "labextensions" for place in places):
        for pattern in ("*/package.json", "@*/*/package.json"):
            for file in root.glob(pattern):
                name = str(file.parent.relative_to(root))
                found.setdefault(name, (root, file.parent))
    return found


def _problem(root: Path, folder: Path) -> str:
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        script = folder / package["jupyterlab"]["_build"]["load"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{folder / 'package.json'} cannot be read ({error})."
    if not script.is_file():
        return f"{script} is not there."
    # tornado, from 6.5.9 on, gives out nothing that a link leads to from outside.
    if not script.resolve().is_relative_to(root.resolve()):
        return f"{script} is a link that leads out of {root}, and such files are refused."
    return ""


def _refused(project: Project, folder: Path, name: str, why: str) -> Finding:
    if project.venv and folder.is_relative_to(project.venv):
        return line("extension-refused", name=name, why=why, venv=quoted(project.venv))
    return line("extension-refused-nix", name=name, why=why)
