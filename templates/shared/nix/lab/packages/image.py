"""The virtual environment in an image: nix/venv/image.nix makes it of wheels that Nix fetched."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from ..base.project import Project
from ..base.terminal import Problem
from . import sources, uv, wheel_libraries
from .backend import backend_of
from .stamp import STAMP

# In these, uv writes down when the file of a wheel was made, which here is when it was linked,
# and where it was built.
OF_THE_BUILD = ("uv_cache.json", "direct_url.json")


def main(facts: str, root: str, found: str, target: str) -> None:
    """Make the directory `target`. SystemExit with a message where the lock cannot be installed.

    `facts` are those of project.json, `root` holds the lock, and `found` the wheels.
    """
    # It has no state: nothing of what follows keeps anything.
    project = Project(Path(root), Path(os.devnull), json.loads(facts), 0o022)
    try:
        _make(project, Path(found), Path(target))
    except Problem as problem:
        sys.exit(str(problem))


def _make(project: Project, found: Path, venv: Path) -> None:
    backend = backend_of(project)
    lock, ours = sources.split(backend.exported(project))
    command = [project.facts["python"], "-I", "-m", "venv", "--without-pip"]
    # On top of the packages of Nix, but for JupyterLab's own.
    command += [] if backend.has_jupyterlab else ["--system-site-packages"]
    subprocess.run([*command, str(venv)], check=True)
    if wheel_libraries.needed(project):
        wheel_libraries.install(project, venv)
    if backend.has_jupyterlab:
        uv.install_answers(project, venv)
    _install(project, lock, found, venv)
    sources.install(project, ours, found, venv)
    for record in venv.glob("lib/*/site-packages/*.dist-info/RECORD"):
        _forget_the_build(record)
    # Once, because nobody can write them later; and with no time in them.
    compile_all = ["-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
    # The tests of packages are a third of it, and nobody runs them here.
    compile_all += ["-x", "/tests?/"]
    # Some packages bring files that are for another version of Python.
    subprocess.run([project.facts["python"], *compile_all, str(venv / "lib")], check=False)
    # The mark of a .venv of ours (answers/nix_jupyter_answers.py).
    (venv / STAMP).write_text(project.facts["hash"] + "\n", encoding="utf-8")


def _install(project: Project, lock: str, found: Path, venv: Path) -> None:
    file = Path("requirements.txt")
    file.write_text(lock, encoding="utf-8")
    command = ["pip", "install", "--python", str(venv / "bin" / "python3"), "--no-index"]
    command += ["--find-links", str(found), "--no-deps", "--require-hashes"]
    command += ["--requirement", str(file)]
    file_of_lock = backend_of(project).lock
    what = f"There is no wheel of a package in {file_of_lock} for this system"
    uv.run_offline(project, command, Path.cwd(), what, file_of_lock)


def _forget_the_build(record: Path) -> None:
    """Take out what is another thing each time: a time, and hashes of files that name the build."""
    for name in OF_THE_BUILD:
        record.with_name(name).unlink(missing_ok=True)
    lines = record.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not any(name in line for name in OF_THE_BUILD)]
    kept = [re.sub(r"^((?:\.\./)+bin/[^,]*),.*", r"\1,,", line) for line in kept]
    record.write_text("\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
