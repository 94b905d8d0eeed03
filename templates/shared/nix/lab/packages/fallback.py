"""What JupyterLab opens on when .venv cannot be brought up to date.

A wrong name in a file of packages is corrected in the editor that JupyterLab is. So it opens with
what there is: the .venv from before, what uv.lock holds, or Python as it comes from Nix.
"""

import json
import subprocess
from pathlib import Path

from ..base.files import write
from ..base.project import Project
from ..base.terminal import Problem, Progress
from .backend import backend_of
from .stamp import of_ours


def fall_back(project: Project, problem: Problem, progress: Progress) -> Problem:
    """Find what can run all the same, and give what is to be said of it, the reason included.

    Raises `problem` itself when there is nothing.
    """
    venv, backend = project.root / ".venv", backend_of(project)
    if _has_jupyterlab(project, venv):
        words = "JupyterLab runs with the packages from before."
    elif not backend.has_jupyterlab:
        project.without_venv = True
        _offer_kernel(project)
        words = "JupyterLab runs without the packages from PyPI."
    elif backend.fill_from_lock(project, venv, progress) and _has_jupyterlab(project, venv):
        words = f"JupyterLab runs with the packages that are in {backend.lock}."
    else:
        raise problem
    progress.clear()
    return with_words(problem, words)


def with_words(problem: Problem, words: str) -> Problem:
    """The same, with what becomes of JupyterLab; once it is fixed, that is to start again."""
    fix = problem.fix or "lab sync"
    for word in ("lab lock && lab sync", "lab sync", "lab lock"):
        fix = fix.replace(word, "lab start --again")
    return Problem(f"{problem.message}\n{words}", fix, problem.code)


def _has_jupyterlab(project: Project, venv: Path) -> bool:
    """Is it ours, and does it work? Its interpreter, or what is below it, may be gone."""
    if not of_ours(project):
        return False
    command = [str(venv / "bin" / "python3"), "-P", "-c", "import jupyterlab"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _offer_kernel(project: Project) -> None:
    """A kernel of the Python from Nix. The one that activate.sh has announced is in .venv."""
    directory = kernels(project) / "kernels" / "python3"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    python = project.facts["python"]
    kernel = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "metadata": {"debugger": True},
    }
    write(directory / "kernel.json", json.dumps(kernel))


def kernels(project: Project) -> Path:
    """A directory for JUPYTER_PATH, in front of the others where .venv is not used."""
    return project.state / "jupyter" / "without-venv"
