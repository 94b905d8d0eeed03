"""Packages, environments and drivers."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import packages
from driver import Lab
from pypi import ACTIVATE, PYPROJECT, entered, with_wheels

from .of_files import git, track

Make = Callable[..., Lab]


def tool_missing(make: Make) -> Lab:
    return make(uv="/nix/store/gone/bin/uv")


def venv_old(make: Make) -> Lab:
    lab = git(make)
    packages.wheel(lab.home / "wheels", "alpha")
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    (lab.root / "requirements.txt").write_text("alpha\n")
    track(lab)
    lab.key = "key"
    return lab


def filled_by_uv(make: Make, **versions: str) -> Lab:
    """A project with JupyterLab and what it stands on from PyPI: by name, a version."""
    lab = make(packages="pyproject.toml", venv="uv")
    (lab.root / "flake.nix").write_text("{ }\n")
    (lab.root / "pyproject.toml").write_text(PYPROJECT)
    with_wheels(lab)
    for name, version in {"jupyterlab": "4.6.3", "jupyter_server": "2.21.0", **versions}.items():
        packages.wheel(lab.home / "wheels", name, version)
    lab.check("add", "jupyterlab", "jupyter-server", "alpha")
    return entered(lab)


def package_missing(make: Make) -> Lab:
    lab = filled_by_uv(make)
    lab.check("remove", "jupyter-server")
    return without_jupyter_server(lab)


def package_missing_venv(make: Make) -> Lab:
    lab = filled_by_uv(make)
    for place in (lab.root / ".venv").glob("lib/*/site-packages/jupyter_server*"):
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    return without_jupyter_server(lab)


def package_missing_nix(make: Make) -> Lab:
    return without_jupyter_server(make())


def without_jupyter_server(lab: Lab) -> Lab:
    """The same on top of an environment that has no jupyter_server."""
    library = Path("lib", f"python{lab.facts['pythonVersion']}", "site-packages")
    (lab.home / "env" / library).mkdir(parents=True)
    for file in (lab.prefix / library).iterdir():
        if not file.name.startswith("jupyter_server"):
            (lab.home / "env" / library / file.name).symlink_to(file)
    lab.facts["env"] = str(lab.home / "env")
    lab.write_facts()
    (lab.home / "activate.sh").write_text(ACTIVATE)
    return entered(lab)


def package_unsafe_nix(make: Make) -> Lab:
    lab = package_missing_nix(make)
    library = next((lab.home / "env").glob("lib/*/site-packages"))
    metadata = library / "jupyter_server-2.20.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: jupyter_server\nVersion: 2.20.1\n")
    return lab


def package_unsafe(make: Make) -> Lab:
    lab = filled_by_uv(make, jupyter_server="2.20.1")
    packages.wheel(lab.home / "wheels", "jupyter_server", "2.21.0")
    return lab


def packages_unrecorded(make: Make) -> Lab:
    lab = filled_by_uv(make)
    uv = [lab.facts["uv"], "pip", "install", "--quiet", "beta", "--no-deps"]
    uv += ["--python", str(lab.root / ".venv" / "bin" / "python3")]
    subprocess.run(uv, cwd=lab.root, env=lab.environment(), check=True)
    return lab


def extension_refused(make: Make) -> Lab:
    lab = filled_by_uv(make)
    return with_extension(lab, lab.root / ".venv" / "share" / "jupyter")


def extension_refused_nix(make: Make) -> Lab:
    lab = make()
    lab.extra["JUPYTER_PATH"] = str(lab.home / "jupyter")
    return with_extension(lab, lab.home / "jupyter")


def with_extension(lab: Lab, place: Path) -> Lab:
    """The same with an extension of JupyterLab whose script is not there."""
    directory = place / "labextensions" / "some-widgets"
    directory.mkdir(parents=True)
    build = {"load": "static/gone.js", "extension": "./extension"}
    (directory / "package.json").write_text(json.dumps({"jupyterlab": {"_build": build}}))
    return lab


def driver_missing(make: Make) -> Lab:
    return make(compute="cuda")


def driver_old(make: Make) -> Lab:
    lab = make(compute="cuda")
    driver = lab.state / "driver"
    driver.mkdir(parents=True)
    lab.state.chmod(0o700)
    (driver / "libcuda.so.535.183.01").touch()
    (driver / "libcuda.so.1").symlink_to("libcuda.so.535.183.01")
    return lab
