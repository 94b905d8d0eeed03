"""A4: a wrong name in a file of packages does not keep JupyterLab from opening."""

import json
import os
import subprocess
from collections.abc import Callable

import pytest

import packages
from driver import ENVIRONMENT, Lab, get
from test_kernels import start_kernel
from venvs import want


def _prefix_of_kernel(lab: Lab) -> str:
    """The environment of a kernel that JupyterLab starts."""
    told = lab.home / "told"
    start_kernel(lab, f"import sys; open({str(told)!r}, 'w').write(sys.prefix)")
    return told.read_text()


def _opens(lab: Lab, *words: str) -> None:
    """JupyterLab and the service answer, the exit code is 1, and one message says what failed."""
    done = lab("start")
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr
    assert done.stderr.count("Next:") == 1
    assert get(lab.port(), "/api/status", lab.token())[0] == 200
    assert lab.status()["services"]["server"]["ready"]


@pytest.mark.jupyterlab
def test_a_wrong_name_at_the_first_start(pip: Lab) -> None:
    want(pip, "gamma", "first")
    pip.extra["VIRTUAL_ENV"] = str(pip.root / ".venv")
    _opens(
        pip,
        "No matching distribution found for gamma",
        "JupyterLab runs without the packages from PyPI.",
        "Next: correct that file, then: lab start --again",
    )
    assert _prefix_of_kernel(pip) == str(ENVIRONMENT)
    (jupyter,) = pip.jupyters()
    assert "VIRTUAL_ENV" not in jupyter.environ()
    assert "is not up to date" in pip("doctor").stdout
    again = pip("start")
    assert "It still runs without your last changes." in again.stderr

    want(pip, "alpha==1.0", "second")
    pip.check("stop")
    pip.check("start")
    assert _prefix_of_kernel(pip) == str(pip.root / ".venv")


@pytest.mark.jupyterlab
def test_a_wrong_name_beside_a_good_environment(pip: Lab) -> None:
    pip.check("sync")
    want(pip, "alpha==1.0\ngamma==9", "second")
    _opens(pip, "for gamma==9", "JupyterLab runs with the packages from before.")
    assert _prefix_of_kernel(pip) == str(pip.root / ".venv")
    again = pip("start")
    assert again.returncode == 0
    assert "It still runs without your last changes. Next: lab start --again" in again.stderr


def test_a_name_that_cannot_be_locked(pip: Lab) -> None:
    pip.check("sync")
    (pip.root / "requirements.in").write_text("gamma\n")
    want(pip, "", "second")
    _opens(
        pip,
        "gamma was not found",
        "JupyterLab runs with the packages from before.",
        "Next: correct requirements.in where it is wrong, then: lab start --again",
    )


@pytest.mark.jupyterlab
def test_an_environment_from_before_that_does_not_work(pip: Lab) -> None:
    """As after another Python in flake.nix and a garbage collection."""
    pip.check("sync")
    python = pip.root / ".venv" / "bin" / "python3"
    python.unlink()
    python.symlink_to("/nix/store/gone/bin/python3")
    want(pip, "gamma", "second")
    _opens(pip, "JupyterLab runs without the packages from PyPI.")
    assert _prefix_of_kernel(pip) == str(ENVIRONMENT)


def test_an_environment_that_came_with_a_clone_is_not_run(pip: Lab) -> None:
    pip.check("sync")
    (pip.state / "venv-proof").write_text("another")
    want(pip, "gamma", "second")
    _opens(pip, "JupyterLab runs without the packages from PyPI.")


def test_a_locked_package_that_cannot_be_compiled(pip: Lab) -> None:
    """As an old version, of which there are sources alone: its name, the file and one command."""
    (pip.root / "requirements.in").write_text("old\n")
    digest = packages.sources(pip.home / "wheels", "old")
    want(pip, f"old==1.0 --hash=sha256:{digest}", "first")
    words = "There is no wheel of old for this Python, and it cannot be compiled here."
    fix = "Next: ask for another version of old in requirements.in, then: lab start --again\n"
    _opens(pip, words, fix)


@pytest.mark.parametrize("arguments", [["start", "--foreground"], ["sync"]])
def test_who_waits_for_an_exit_code_gets_it(pip: Lab, arguments: list[str]) -> None:
    """`nix run` and `nix develop --command` end, with 1."""
    want(pip, "gamma", "first")
    done = pip(*arguments)
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert pip.processes() == []


@pytest.fixture
def uv(make: Callable[..., Lab]) -> Lab:
    """A project that uv fills, with a package that stands for the JupyterLab of PyPI."""
    lab = make(venv="uv")
    packages.wheel(lab.home / "wheels", "alpha")
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    lab.key = "first"
    return lab


def _depend(lab: Lab, dependencies: str) -> None:
    (lab.root / "pyproject.toml").write_text(
        '[project]\nname = "lab"\nversion = "1.0"\nrequires-python = ">=3.12"\n'
        f"dependencies = [{dependencies}]\n"
    )


def _install_jupyterlab(lab: Lab) -> None:
    """It is the one of the environment, seen from .venv: PyPI's is too much to fetch for a test."""
    (library,) = (lab.root / ".venv").glob("lib/python3*/site-packages")
    (there,) = lab.prefix.glob("lib/python3*/site-packages")
    (library / "jupyterlab.pth").write_text(f"{there}\n")


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ('"alpha", "gamma==9"', "pyproject.toml where it is wrong"),
        ('"alpha", "gamma" = 9', "line 5 of pyproject.toml"),
    ],
)
def test_uv_with_a_good_environment(uv: Lab, wrong: str, where: str) -> None:
    _depend(uv, '"alpha"')
    uv.check("sync")
    _install_jupyterlab(uv)
    _depend(uv, wrong)
    uv.key = "second"
    _opens(
        uv,
        "gamma",
        "JupyterLab runs with the packages from before.",
        f"Next: correct {where}, then: lab start --again",
    )
    # What a failed `uv sync` leaves has no stamp, and is still ours.
    uv.check("stop")
    _opens(uv, "JupyterLab runs with the packages from before.")


def test_uv_without_any_jupyterlab(uv: Lab) -> None:
    """There is nothing that could be opened."""
    _depend(uv, '"alpha", "gamma"')
    done = uv("start")
    assert done.returncode == 1
    assert "gamma" in done.stderr
    assert uv.processes() == []


def test_uv_installs_its_lock_as_it_is(uv: Lab) -> None:
    """Here without JupyterLab, which the lock of the template has."""
    _depend(uv, '"alpha"')
    uv.check("lock")
    _depend(uv, '"alpha", "gamma"')
    assert uv("start").returncode == 1
    python = str(uv.root / ".venv" / "bin" / "python3")
    found = subprocess.check_output([python, "-c", "import alpha; print(alpha.version)"], text=True)
    assert found == "1.0\n"
    assert "gamma" not in json.dumps(os.listdir(uv.root / ".venv" / "lib"))
