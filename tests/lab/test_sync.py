"""The virtual environment: filled when it must be, whole or not at all."""

import shutil
import subprocess

import pytest

import packages
from driver import Lab
from strangers import needs_root
from venvs import imported, stamp, want


def test_no_virtual_environment_is_needed(lab: Lab) -> None:
    assert "needs no virtual environment" in lab.check("sync")
    assert not (lab.root / ".venv").exists()


def test_pip(pip: Lab) -> None:
    done = pip("sync")
    assert done.returncode == 0
    assert "Installing requirements.txt into .venv …" in done.stderr
    assert imported(pip, "alpha") == "1.0"
    assert stamp(pip) == "first"
    script = str(pip.root / ".venv" / "bin" / "alpha-version")
    assert subprocess.check_output([script], text=True) == "1.0\n"
    code = "import jupyterlab, sys; print(sys.prefix)"
    python = str(pip.root / ".venv" / "bin" / "python3")
    prefix = subprocess.check_output([python, "-c", code], text=True)
    assert prefix.strip() == str(pip.root / ".venv"), "and the packages of Nix are seen"


@needs_root
def test_a_disk_from_which_nothing_can_be_started(pip: Lab) -> None:
    disk = f'mount --bind "{pip.root}" "{pip.root}" && mount -o remount,bind,noexec "{pip.root}"'
    pip.before = ["unshare", "--mount", "sh", "-c", f'{disk} && exec "$@"', "sh"]
    done = pip("sync")
    assert done.returncode == 1
    assert f"from the disk at {pip.root} (noexec)" in done.stderr
    assert not (pip.root / ".venv").exists()
    remount = f"sudo mount -o remount,exec {pip.root} && lab sync\n"
    assert done.stderr.endswith(f"Next: {remount}")
    pip.before = []
    pip.check("sync")


def test_nothing_to_do(pip: Lab) -> None:
    pip.check("sync")
    before = (pip.root / ".venv" / "bin" / "alpha-version").stat()
    assert "was up to date already" in pip.check("sync")
    assert (pip.root / ".venv" / "bin" / "alpha-version").stat() == before


def test_a_requirement_changes_and_one_goes(pip: Lab) -> None:
    want(pip, "beta\nalpha==1.0", "first")
    pip.check("sync")
    want(pip, "alpha==2.0", "second")
    pip.check("sync")
    assert imported(pip, "alpha") == "2.0"
    assert imported(pip, "beta") == "", "what is not required any more is gone"
    assert sorted(path.name for path in pip.root.iterdir() if path.name.startswith(".")) == [
        ".venv"
    ]


def test_a_failure_says_why_and_keeps_what_was(pip: Lab) -> None:
    pip.check("sync")
    want(pip, "alpha==1.0\ngamma==9", "second")
    for _ in range(2):
        done = pip("sync")
        assert done.returncode == 1
        assert f"The packages of {pip.root / 'requirements.txt'} could not" in done.stderr
        assert "No matching distribution found for gamma==9" in done.stderr
        assert f"The full output is in {pip.state / 'log' / 'sync.log'}." in done.stderr
        assert "Next: correct that file, then: lab sync" in done.stderr
    assert "gamma" in (pip.state / "log" / "sync.log").read_text()
    assert imported(pip, "alpha") == "1.0"
    want(pip, "alpha==1.0", "first")
    assert "was up to date already" in pip.check("sync"), "no network is needed to go back"


def test_a_first_failure_leaves_nothing_half_made(pip: Lab) -> None:
    want(pip, "gamma", "first")
    assert pip("sync").returncode == 1
    assert not (pip.root / ".venv").exists()
    packages.wheel(pip.home / "wheels", "gamma")
    pip.check("sync")
    assert imported(pip, "gamma") == "1.0"


def test_start_brings_it_up_to_date(pip: Lab) -> None:
    pip.check("start")
    assert imported(pip, "alpha") == "1.0"
    (jupyter,) = pip.jupyters()
    assert jupyter.cmdline()[0] == str(pip.root / ".venv" / "bin" / "python3")


def test_start_restores_what_was_deleted_while_it_runs(pip: Lab) -> None:
    pip.check("start")
    (jupyter,) = pip.jupyters()
    shutil.rmtree(pip.root / ".venv")
    done = pip("start")
    assert done.returncode == 0, done.stderr
    assert "already running" in done.stdout
    assert "lab stop" not in done.stderr
    assert imported(pip, "alpha") == "1.0"
    assert pip.jupyters() == [jupyter]


def test_what_runs_is_told_from_what_is_installed_now(pip: Lab) -> None:
    pip.check("start")
    assert "runs with" not in pip("sync").stderr
    want(pip, "alpha==2.0", "second")
    assert pip("sync").stderr.endswith(
        "my-lab runs with the packages from before. Next: lab start --again\n"
    )
    pip.check("stop")
    want(pip, "alpha==1.0", "third")
    assert "runs with" not in pip("sync").stderr


def test_what_needs_a_venv_that_was_deleted_is_told_what_makes_it(pip: Lab) -> None:
    pip.check("start")
    shutil.rmtree(pip.root / ".venv")
    done = pip("restart")
    assert done.returncode == 1
    said = f"\n{pip.root}/.venv is not up to date.\n  Next: lab start --again\n"
    assert done.stderr.endswith(said)
    assert "list every package" not in pip("doctor").stdout
    pip.check("stop")
    pip.check("start")


def test_hashes_are_checked(pip: Lab) -> None:
    (pip.root / "requirements.in").write_text("alpha\n")
    good = packages.wheel(pip.home / "wheels", "alpha", "1.0")
    want(pip, f"alpha==1.0 --hash=sha256:{'0' * 64}", "first")
    done = pip("sync")
    assert done.returncode == 1
    assert "HASH" in done.stderr.upper()
    want(pip, "alpha==1.0", "first")
    assert pip("sync").returncode == 1, "a requirement without a hash"
    want(pip, f"alpha==1.0 --hash=sha256:{good}", "first")
    pip.check("sync")


def test_a_venv_of_the_users_own(pip: Lab) -> None:
    precious = pip.root / ".venv" / "precious"
    precious.parent.mkdir()
    precious.touch()
    done = pip("sync")
    assert done.returncode == 0
    assert "is now called .venv.before-1." in done.stderr
    assert (pip.root / ".venv.before-1" / "precious").exists()
    assert imported(pip, "alpha") == "1.0"


def test_a_key_that_is_empty_leaves_the_venv_alone(pip: Lab) -> None:
    pip.check("sync")
    pip.key = ""
    pip.check("start")
    (jupyter,) = pip.jupyters()
    assert jupyter.cmdline()[0] == str(pip.prefix / "bin" / "python3")
    assert stamp(pip) == "first"


def test_the_interpreter_is_gone(pip: Lab) -> None:
    """As after a garbage collection: the stamp is right, and the link leads nowhere."""
    pip.check("sync")
    python = pip.root / ".venv" / "bin" / "python3"
    python.unlink()
    python.symlink_to("/nix/store/gone/bin/python3")
    pip.check("sync")
    assert imported(pip, "alpha") == "1.0"


@pytest.mark.jupyterlab
def test_a_module_in_the_project_does_not_get_in_the_way(pip: Lab) -> None:
    for name in ("random", "typing", "json", "venv", "pip"):
        (pip.root / f"{name}.py").write_text("raise SystemExit('the wrong one')\n")
    pip.facts["services"] = {}  # server.py would find them, and so it should
    pip.write_facts()
    pip.check("start")
    assert imported(pip, "alpha") == "1.0"
