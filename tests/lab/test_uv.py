"""The virtual environment as uv fills it, from pyproject.toml and uv.lock."""

import shutil
from collections.abc import Callable

import pytest

import packages
from driver import Lab
from venvs import fails_with_another_state_directory, imported, stamp


@pytest.fixture
def uv(make: Callable[..., Lab]) -> Lab:
    """A project that uv fills."""
    lab = make(venv="uv")
    for version in ("1.0", "2.0"):
        packages.wheel(lab.home / "wheels", "alpha", version)
    packages.wheel(lab.home / "wheels", "beta")
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    _depend(lab, '"alpha==1.0"', "first")
    return lab


def _depend(lab: Lab, dependencies: str, key: str) -> None:
    (lab.root / "pyproject.toml").write_text(
        '[project]\nname = "lab"\nversion = "1.0"\nrequires-python = ">=3.12"\n'
        f"dependencies = [{dependencies}]\n"
    )
    lab.key = key


def test_uv(uv: Lab) -> None:
    uv.check("sync")
    assert (uv.root / "uv.lock").exists(), "the first time, uv writes its lock"
    assert imported(uv, "alpha") == "1.0"
    assert stamp(uv) == "first-updated", "the key of the files as they are now"
    uv.key = stamp(uv)
    assert "was up to date already" in uv.check("sync")


def test_uv_renews_its_lock(uv: Lab) -> None:
    uv.check("sync")
    _depend(uv, '"alpha==1.0", "beta"', "second")
    uv.check("sync")
    assert imported(uv, "beta") == "1.0"
    assert stamp(uv) == "second-updated"
    _depend(uv, '"alpha==1.0"', "third")
    uv.check("sync")
    assert imported(uv, "beta") == ""


def test_uv_wants_its_lock_to_fit_on_a_build_machine(uv: Lab) -> None:
    uv.check("sync")
    uv.extra["CI"] = "true"
    _depend(uv, '"alpha==1.0", "beta"', "second")
    done = uv("sync")
    assert done.returncode == 1
    assert f"{uv.root / 'uv.lock'} no longer matches pyproject.toml." in done.stderr
    assert "Next: nix run '.#lab' -- lock    and commit uv.lock" in done.stderr
    uv.check("lock")
    uv.check("sync")
    assert imported(uv, "beta") == "1.0"
    assert stamp(uv) == "second"


def test_uv_fails_and_tries_again(uv: Lab) -> None:
    uv.check("sync")
    (uv.home / "wheels" / "beta-1.0-py3-none-any.whl").rename(uv.home / "beta.whl")
    _depend(uv, '"alpha==1.0", "beta"', "second")
    assert uv("lock").returncode == 1
    (uv.home / "beta.whl").rename(uv.home / "wheels" / "beta-1.0-py3-none-any.whl")
    uv.check("lock")
    shutil.rmtree(uv.home / "wheels")
    uv.extra |= {"UV_CACHE_DIR": str(uv.home / "empty"), "CI": "true"}
    done = uv("sync")
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert not (uv.root / ".venv" / ".nix-jupyter-key").exists()
    for name in ("alpha", "beta"):
        packages.wheel(uv.home / "wheels", name)
    uv.check("lock")
    uv.check("sync")
    assert imported(uv, "beta") == "1.0"


def test_uv_and_an_interpreter_that_is_gone(uv: Lab) -> None:
    uv.check("sync")
    for name in ("python", "python3"):
        link = uv.root / ".venv" / "bin" / name
        link.unlink()
        link.symlink_to("/nix/store/gone/bin/python3")
    uv.check("sync")
    assert imported(uv, "alpha") == "1.0"


def test_it_is_not_lost_where_another_state_directory_cannot_have_its_own(uv: Lab) -> None:
    uv.extra["UV_NO_CACHE"] = "1"
    fails_with_another_state_directory(uv)


def test_one_that_came_with_a_clone_is_not_run_where_no_packages_can_be_had(uv: Lab) -> None:
    """`start` looks for what can run all the same, and it is not that."""
    uv.check("sync")
    uv.key = stamp(uv)
    shutil.rmtree(uv.state)
    uv.state.mkdir(mode=0o700)
    uv.extra["UV_NO_CACHE"] = "1"
    (uv.home / "wheels").rename(uv.home / "gone")
    for trap in ("python", "python3", "python3.12", "python3.13"):
        (uv.root / ".venv/bin" / trap).unlink(missing_ok=True)
        (uv.root / ".venv/bin" / trap).write_text(f"#!/bin/sh\ntouch {uv.home}/sprung\n")
        (uv.root / ".venv/bin" / trap).chmod(0o755)
    done = uv("start")
    assert done.returncode == 1, done.stdout
    assert "Installing uv.lock as it is" in done.stderr
    assert not (uv.home / "sprung").exists()
    assert (uv.root / ".venv/bin/python3").read_text().endswith("sprung\n"), "it is as it was"
