"""`lab add`: Python packages, put where this project keeps them, locked and installed."""

import project as projects
from files import lock
from packages import adding, names, report
from problem import Problem
from terminal import Progress


def run(options: set[str], arguments: list[str]) -> int:
    """Add packages. When they cannot be had, every file is as before."""
    if not arguments:
        raise Problem("Which package?", "lab add numpy", 2)
    packages = names.parse(arguments)
    project = projects.load()
    had_venv = project.venv is not None
    progress = Progress()
    try:
        with lock(project.state / "packages.lock", "add"):
            result = adding.add(project, packages, progress)
    finally:
        progress.clear()
    result.new_shell = "flake.nix" in result.files or (project.venv is not None) != had_venv
    report.show(project, "added", result, for_programs="--json" in options)
    return 0
