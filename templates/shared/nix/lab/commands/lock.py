"""`lab lock`: the exact versions of all packages from PyPI, written down with their hashes."""

import project as projects
from environment import running, with_uv
from problem import Problem
from project import Project
from terminal import Progress, say


def run(options: set[str], arguments: list[str]) -> int:
    """Renew uv.lock, or requirements.txt where there is a requirements.in."""
    project = projects.load()
    file, command = _command(project)
    if "--upgrade" in options:
        command.append("--upgrade")
    progress = Progress()
    project.log("sync").unlink(missing_ok=True)
    variables = with_uv.variables(project.root / ".venv")
    try:
        locked = running.run(project, command, variables, f"Renewing {file}", progress)
    finally:
        progress.clear()
    if not locked:
        raise running.failure(project, f"{project.root / file} could not be renewed", "lab lock")
    say(f"{project.root / file} is renewed. Install it with: lab sync")
    return 0


def _command(project: Project) -> tuple[str, list[str]]:
    uv, python = project.facts["uv"], project.facts["python"]
    if project.facts["venv"] == "uv":
        return "uv.lock", [uv, "lock", "--python", python]
    if not (project.root / "requirements.in").exists():
        raise Problem(
            f"{project.name} has nothing to lock: flake.lock pins what comes from Nix, and "
            f"{project.root / 'requirements.txt'} is installed as it is written.",
            "pin a version there, such as: cowsay==6.1",
        )
    if uv is None:
        raise Problem(
            f"{project.root / 'requirements.in'} is newer than this shell, which has no uv yet.",
            "git add requirements.in, leave this shell, and run: nix develop",
        )
    command = [uv, "pip", "compile", "requirements.in", "--output-file", "requirements.txt"]
    # For every system, and with no trace of where this one found the packages.
    command += ["--universal", "--generate-hashes", "--python", python, "--no-emit-index-url"]
    command += ["--custom-compile-command", "lab lock"]
    return "requirements.txt", command
