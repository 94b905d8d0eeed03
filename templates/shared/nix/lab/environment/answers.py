"""What `pip install` answers, and Jupyter's settings, for a .venv that does not see Nix's.

Both are files of nix/answers, which each start of Python reads.
"""

import shutil
from pathlib import Path

from environment.from_nix import site_packages
from project import Project

FILES = ("nix_jupyter_answers.py", "nix_jupyter_answers.pth", "nix_jupyter_own.pth")


def install(project: Project, venv: Path) -> None:
    """Copy it into .venv. The environment of Nix has it from the beginning."""
    version = project.facts["pythonVersion"]
    target = venv / "lib" / f"python{version}" / "site-packages"
    for name in FILES:
        shutil.copyfile(site_packages(project) / name, target / name)
