"""The virtual environment in an image, which nix/venv.nix makes of wheels that Nix has fetched."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from ..base.project import Project
from ..base.terminal import Problem
from . import locks, requirements, sources, uv, wheel_libraries
from .backend import backend_of
from .stamp import STAMP

# In these, uv writes down when the file of a wheel was made, which here is when it was linked,
# and where it was built.
OF_THE_BUILD = ("uv_cache.json", "direct_url.json")


def main(facts: str, root: str, found: str, target: str) -> None:
    """Make the folder `target`. SystemExit with a message where the lock cannot be installed.

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
    lock, ours = sources.split(_lock_of(project))
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


def _lock_of(project: Project) -> str:
    """What to install, line by line, with hashes."""
    if project.facts["venv"] == "uv":
        command = ["export", "--locked", "--no-annotate", "--no-header"]
        command += ["--python", project.facts["python"]]
        return _uv(project, command, project.root, "uv.lock does not fit pyproject.toml")
    if absent := locks.missing(project):
        message = f"requirements.in asks for {', '.join(absent)}, which is not locked."
        raise Problem(message, "./lab lock && git add requirements.txt")
    if not requirements.is_lock(project):
        message = "requirements.txt has no hashes, so nobody knows what would be in an image."
        raise Problem(message, "mv requirements.txt requirements.in && ./lab lock && git add --all")
    return requirements.read_lock(project)


def _install(project: Project, lock: str, found: Path, venv: Path) -> None:
    file = Path("requirements.txt")
    file.write_text(lock, encoding="utf-8")
    command = ["pip", "install", "--python", str(venv / "bin" / "python3"), "--no-index"]
    command += ["--find-links", str(found), "--no-deps", "--require-hashes"]
    command += ["--requirement", str(file)]
    what = f"There is no wheel of a package in {backend_of(project).lock} for this system"
    _uv(project, command, Path.cwd(), what)


def _forget_the_build(record: Path) -> None:
    """Take out what is another thing each time: a time, and hashes of files that name the build."""
    for name in OF_THE_BUILD:
        record.with_name(name).unlink(missing_ok=True)
    lines = record.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not any(name in line for name in OF_THE_BUILD)]
    kept = [re.sub(r"^((?:\.\./)+bin/[^,]*),.*", r"\1,,", line) for line in kept]
    record.write_text("\n".join(kept) + "\n", encoding="utf-8")


def _uv(project: Project, command: list[str], folder: Path, what: str) -> str:
    variables = {**os.environ, "UV_OFFLINE": "1", "UV_NO_CACHE": "1"}
    # In a build it names no file, and uv would say so.
    variables.pop("SSL_CERT_FILE", None)
    done = subprocess.run(
        [project.facts["uv"], *command],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "".join(f"\n  | {line[:300]}" for line in done.stderr.strip().splitlines()[-8:])
        raise Problem(f"{what}:{said}", f"./lab lock && git add {backend_of(project).lock}")
    return done.stdout


if __name__ == "__main__":
    main(*sys.argv[1:])
