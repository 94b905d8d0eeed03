"""Letting compiled wheels from PyPI find libstdc++ and its like, and nothing else.

A wheel expects a few libraries where other Linux systems have them; Nix has them elsewhere.
Setting LD_LIBRARY_PATH in the shell would push them on git, on editors and on every program of
the machine, and break some. But the variable is read only once, when a process starts. So the
`python3` of .venv is a small script that sets it and becomes the interpreter, and a line in a
.pth file takes it out again before any code of the user runs. Python children come through the
script again.
"""

import shlex
from pathlib import Path

from ..base.files import rename
from ..base.project import Project

# Holds the user's own value in between. Its presence is what tells the .pth line to act.
KEPT = "NIX_JUPYTER_KEPT_LIBRARY_PATH"

PTH = (
    f"import os; kept = os.environ.pop({KEPT!r}, None); "
    "kept is None or os.environ.pop('LD_LIBRARY_PATH', None); "
    "kept and os.environ.update(LD_LIBRARY_PATH=kept)\n"
)


def needed(project: Project) -> bool:
    """Is it this kind of system? (macOS needs none of it.)"""
    return bool(project.facts["libraries"])


def installed(project: Project, venv: Path) -> bool:
    """Is everything in place? An installer may have put its own link there since."""
    try:
        return (
            not (venv / "bin" / "python3").is_symlink()
            and (venv / "bin" / "python3").read_text(encoding="utf-8") == _script(project)
            and _pth(project, venv).read_text(encoding="utf-8") == PTH
        )
    except OSError:
        return False


def install(project: Project, venv: Path) -> None:
    """Put the script in the interpreter's place, under all its names."""
    _pth(project, venv).write_text(PTH, encoding="utf-8")
    script = venv / "bin" / ".python3"
    script.write_text(_script(project), encoding="utf-8")
    script.chmod(0o755)
    rename(script, venv / "bin" / "python3")
    for name in ("python", f"python{project.facts['pythonVersion']}"):
        link = venv / "bin" / f".{name}"
        link.unlink(missing_ok=True)
        link.symlink_to("python3")
        rename(link, venv / "bin" / name)


def _pth(project: Project, venv: Path) -> Path:
    version = project.facts["pythonVersion"]
    return venv / "lib" / f"python{version}" / "site-packages" / "nix_jupyter.pth"


def _script(project: Project) -> str:
    libraries = shlex.quote(":".join(project.facts["libraries"]))
    driver = ""
    # In the shell for the processor, of a project that has one for the card too, there is none.
    if project.facts.get("compute") != "cpu":
        # activate.sh looks for it at every start.
        directory = shlex.quote(str(project.state / "driver"))
        # Triton, by which torch.compile works, would ask ldconfig, which NixOS does not have.
        driver = (
            f"if [[ -d {directory} ]]; then\n"
            f"  libraries+=:{directory}\n"
            f"  export TRITON_LIBCUDA_PATH=${{TRITON_LIBCUDA_PATH-{directory}}}\n"
            "fi\n"
        )
    # -p: no BASH_ENV of the user's.
    return f"""\
#!{project.facts["bash"]} -p
# Made by `lab sync`. It lets packages from PyPI find the libraries that they expect on any Linux.
libraries={libraries}
{driver}\
export {KEPT}=${{LD_LIBRARY_PATH-}}
export LD_LIBRARY_PATH=$libraries${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}
exec -a "$0" {shlex.quote(project.facts["python"])} "$@"
"""
