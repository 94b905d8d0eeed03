"""The environment variables that the programs started by `lab` inherit.

The user's own are dropped, kept or put aside by nix/activate.sh before `lab` begins, as
nix/variables.json says. What is left to do here is about who is started.
"""

import os

from .project import Project

PREFIX = "NIX_JUPYTER_"
PUT_ASIDE = f"{PREFIX}HOST_"


def inherited() -> dict[str, str]:
    """Ours, without the temporary folder of `nix develop`: that is removed when its shell ends."""
    result = dict(os.environ)
    build = result.pop("NIX_BUILD_TOP", None)
    for name in ("TMPDIR", "TMP", "TEMP", "TEMPDIR"):
        value = result.get(name, "")
        if (build and value.startswith(build)) or "/nix-shell." in value:
            del result[name]
    return result


def of_this_computer(project: Project) -> dict[str, str]:
    """For a program that is not of Nix, such as a browser: as it was before the project's shell."""
    facts = project.facts["variables"]
    result = inherited()
    for name in [name for name in result if name in facts["ours"] or name.startswith(PREFIX)]:
        value = result.pop(name)
        if name.removeprefix(PUT_ASIDE) in facts["givenBack"]:
            result[name.removeprefix(PUT_ASIDE)] = value
    for name in ("PATH", "XDG_DATA_DIRS"):
        folders = [folder for folder in result.pop(name, "").split(":") if folder]
        if outside := [folder for folder in folders if not _of_project(project, folder)]:
            result[name] = ":".join(outside)
    return result


def _of_project(project: Project, folder: str) -> bool:
    return folder.startswith(("/nix/store/", f"{project.root}/.venv/"))
