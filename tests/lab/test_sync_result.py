"""What an installer says is not believed: settings of the user's, a clone, a cut, a wrong line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import packages
from driver import LAB, Lab
from venvs import fails_with_another_state_directory, imported, stamp, want


@pytest.fixture
def uv(make: Callable[..., Lab]) -> Lab:
    """A project that uv fills, without settings of its own."""
    lab = make(venv="uv")
    packages.wheel(lab.home / "wheels", "alpha")
    (lab.root / "pyproject.toml").write_text(
        '[project]\nname = "lab"\nversion = "1.0"\nrequires-python = ">=3.12"\n'
        'dependencies = ["alpha"]\n'
    )
    lab.key = "first"
    return lab


def test_what_was_not_installed_is_not_believed(pip: Lab) -> None:
    """H8. The variables are dropped before `lab` begins; here they reach pip all the same."""
    elsewhere = str(pip.home / "elsewhere")
    directories = dict.fromkeys(["PIP_TARGET", "PIP_ROOT", "PIP_PREFIX"], elsewhere)
    given = pip.extra
    # Once more at the end: what has failed before is not believed either.
    for name, value in [*directories.items(), *[("PIP_DRY_RUN", "1")] * 2]:
        pip.extra = {**given, name: value}
        done = pip("sync")
        assert done.returncode == 1, name
        assert ".venv does not have: alpha==1.0." in done.stderr, name
        assert not (pip.root / ".venv").exists(), name
    pip.extra = given
    pip.check("sync")
    assert imported(pip, "alpha") == "1.0"


def test_settings_in_files_of_pip(pip: Lab) -> None:
    """H8: the mirror of a file is kept, the target is not."""
    settings = pip.home / "pip.conf"
    wheels = pip.home / "wheels"
    settings.write_text(
        f"[global]\nno-index = true\nfind-links =\n    {wheels}\n"
        f"[install]\ntarget = {pip.home / 'elsewhere'}\n"
    )
    pip.extra = {"PIP_CONFIG_FILE": str(settings)}
    done = pip("sync")
    assert done.returncode == 0, done.stderr
    assert "settings for pip that are not used in this project: target." in done.stderr
    assert imported(pip, "alpha") == "1.0"
    assert not (pip.home / "elsewhere").exists()


@pytest.mark.parametrize("place", ["home", "computer"])
def test_settings_in_files_of_uv(uv: Lab, place: str) -> None:
    """H8: the mirror of a file is kept, what changes the result is not."""
    directory = uv.home / place
    (directory / "uv").mkdir(parents=True)
    (directory / "uv" / "uv.toml").write_text(
        f'no-index = true\nfind-links = ["{uv.home / "wheels"}"]\nno-binary = true\n'
    )
    uv.extra = {"XDG_CONFIG_HOME" if place == "home" else "XDG_CONFIG_DIRS": str(directory)}
    done = uv("sync")
    assert done.returncode == 0, done.stderr
    assert "settings for uv that are not used in this project: no-binary." in done.stderr
    assert imported(uv, "alpha") == "1.0"


@pytest.mark.parametrize("condition", ["", "; sys_platform != 'win32'"])
def test_uv_that_installs_nothing_is_not_believed(uv: Lab, condition: str) -> None:
    """H8. Some uv write a condition behind each package, for the systems of pyproject.toml."""
    uv.extra = packages.only_from(uv.home / "wheels", uv.root)
    pyproject = uv.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"alpha"', f'"alpha {condition}"'))
    uv.check("sync")
    (library,) = (uv.root / ".venv").glob("lib/python3*/site-packages")
    shutil.rmtree(library / "alpha-1.0.dist-info")
    (there,) = uv.prefix.glob("lib/python3*/site-packages")
    (library / "jupyterlab.pth").write_text(f"{there}\n")
    fake = uv.home / "uv"
    real = uv.facts["uv"]
    fake.write_text(
        f'#!/bin/sh\n[ "$1" != sync ] || exec {real} "$@" --no-install-package alpha\n'
        f'exec {real} "$@"\n'
    )
    fake.chmod(0o755)
    uv.facts["uv"] = str(fake)
    uv.key = "second"
    uv.write_facts()
    done = uv("sync")
    assert done.returncode == 1
    assert ".venv does not have: alpha 1.0." in done.stderr
    uv.facts["uv"] = real
    uv.write_facts()
    uv.check("sync")
    assert imported(uv, "alpha") == "1.0"


@pytest.mark.parametrize(
    "line",
    [
        "git+https://example.org/x.git",
        "x @ git+ssh://example.org/x",
        "./libs/x",
        "-e ./libs/x",
        "libs/x",
    ],
)
def test_what_can_never_have_a_hash_is_said_first(pip: Lab, line: str) -> None:
    """H9."""
    (pip.root / "libs" / "x").mkdir(parents=True)
    (pip.root / "requirements.in").write_text(f"alpha==1.0\n{line}  # mine\n")
    for command in ("sync", "start", "lock"):
        done = pip(command)
        assert done.returncode == 1
        assert f"requirements.in, line 2: {line} cannot be installed here." in done.stderr
    assert not (pip.root / ".venv").exists()


def test_a_directory_with_the_name_of_a_package_is_not_meant(pip: Lab) -> None:
    """The feature dask brings a directory of that name."""
    (pip.root / "alpha").mkdir()
    (pip.root / "requirements.in").write_text("alpha\n")
    (pip.root / "requirements.txt").write_text("")
    pip.check("sync")
    assert imported(pip, "alpha") == "2.0"


def test_a_file_that_another_names(make: Callable[..., Lab]) -> None:
    """H9: `-r extra.in` in requirements.in counts, and one that is not there is named."""
    lab = make()
    for name in ("alpha", "beta"):
        packages.wheel(lab.home / "wheels", name)
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    lab.key = "first"
    (lab.root / "requirements.in").write_text("alpha\n-r extra.in\n")
    done = lab("sync")
    assert done.returncode == 1
    assert f"requirements.in, line 2: there is no file {lab.root / 'extra.in'}." in done.stderr
    (lab.root / "extra.in").write_text("beta\n")
    done = lab("sync")
    assert done.returncode == 0, done.stderr
    assert "Not locked yet: alpha, beta." in done.stderr
    assert imported(lab, "beta") == "1.0"


def test_an_address_counts_as_locked(make: Callable[..., Lab]) -> None:
    """B11."""
    lab = make()
    lab.key = "first"
    digest = packages.wheel(lab.home / "wheels", "alpha")
    address = "https://example.org/alpha-1.0-py3-none-any.whl"
    (lab.root / "requirements.in").write_text(f"alpha @ {address}\n")
    (lab.root / "requirements.txt").write_text(
        f"alpha @ {address} \\\n    --hash=sha256:{digest}\n"
    )
    lab.extra = {"CI": "true", "PIP_NO_INDEX": "1", "HTTPS_PROXY": "http://127.0.0.1:9"}
    done = lab("sync")
    assert "which is not locked" not in done.stderr
    assert "could not be installed" in done.stderr, "there is no network here"


def test_a_virtual_environment_that_came_with_a_clone(pip: Lab) -> None:
    """C1: its stamp is right, and nothing in it is run."""
    pip.check("sync")
    shutil.rmtree(pip.state)
    trap = pip.root / ".venv" / "bin" / "python3"
    trap.unlink()
    trap.write_text(f"#!/bin/sh\ntouch {pip.home}/sprung\n")
    trap.chmod(0o755)
    done = pip("sync")
    assert done.returncode == 0, done.stderr
    assert "was made on another computer" in done.stderr
    assert not (pip.home / "sprung").exists()
    assert imported(pip, "alpha") == "1.0"


def test_it_is_not_lost_where_another_state_directory_cannot_have_its_own(pip: Lab) -> None:
    fails_with_another_state_directory(pip)


def _cut_after_the_rename(root: Path) -> None:
    (root / ".venv").rename(root / ".venv.previous")


def _cut_after_mkdir(root: Path) -> None:
    _cut_after_the_rename(root)
    (root / ".venv").mkdir()


def _cut_before_the_end(root: Path) -> None:
    shutil.copytree(root / ".venv", root / ".venv.previous", symlinks=True)


@pytest.mark.parametrize("cut", [_cut_after_the_rename, _cut_after_mkdir, _cut_before_the_end])
def test_a_making_that_was_killed(pip: Lab, cut: Callable[[Path], None]) -> None:
    """B10: the moments that a SIGKILL can leave, which no gate in pip can reach."""
    pip.check("sync")
    cut(pip.root)
    (pip.state / "venv-making").touch()
    want(pip, "gamma", "second")
    assert pip("sync").returncode == 1
    want(pip, "alpha==1.0", "first")
    assert "was up to date already" in pip.check("sync"), "the last good one is there again"
    assert stamp(pip) == "first"
    assert [path.name for path in pip.root.glob(".venv*")] == [".venv"]
    ignored = (LAB.parents[1] / ".gitignore").read_text().splitlines()
    assert ".venv*/" in ignored


def test_a_command_that_works_where_it_is_printed(pip: Lab) -> None:
    """B11: ./lab says how it was called, from outside of the project's shell."""
    want(pip, "gamma", "first")
    assert ": correct that file, then: lab sync" in pip("sync").stderr
    pip.extra["NIX_JUPYTER_CALLED"] = "my-lab/lab"
    assert ": correct that file, then: my-lab/lab sync" in pip("sync").stderr
