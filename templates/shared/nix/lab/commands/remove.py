"""`lab remove`: Python packages, taken out of the file in which they stand."""

import project as projects
from files import lock
from packages import names, removing, report
from problem import Problem
from terminal import Progress


def run(options: set[str], arguments: list[str]) -> int:
    """Remove packages. When something fails, every file is as before."""
    if not arguments:
        raise Problem("Which package?", "lab remove numpy", 2)
    packages = names.parse(arguments)
    project = projects.load()
    had_venv = project.venv is not None
    progress = Progress()
    try:
        with lock(project.state / "packages.lock", "remove"):
            result = removing.remove(project, packages, progress)
    finally:
        progress.clear()
    result.new_shell = "flake.nix" in result.files or (project.venv is not None) != had_venv
    report.show(project, "removed", result, for_programs="--json" in options)
    return 0
