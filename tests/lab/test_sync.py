"""The virtual environment: filled when it must be, whole or not at all, by one at a time."""

import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import packages
from driver import ENVIRONMENT, Lab, wait_for

SLOW = """
import os, sys, time
from pathlib import Path
gate = Path(os.environ["GATE"])
gate.with_suffix(".reached").touch()
while not gate.exists():
    time.sleep(0.02)
"""


@pytest.fixture
def pip(make: Callable[..., Lab]) -> Lab:
    """A project whose requirements.txt names one package."""
    lab = make()
    for version in ("1.0", "2.0"):
        packages.wheel(lab.home / "wheels", "alpha", version)
    packages.wheel(lab.home / "wheels", "beta", requires="alpha")
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    want(lab, "alpha==1.0", key="first")
    return lab


def want(lab: Lab, requirements: str, key: str) -> None:
    """Change requirements.txt, upon which nix/activate.sh finds another key."""
    (lab.root / "requirements.txt").write_text(f"{requirements}\n")
    lab.key = key


def imported(lab: Lab, module: str) -> str:
    """The version of a module in .venv; empty when it is not there."""
    code = f"import {module}; print({module}.version)"
    python = str(lab.root / ".venv" / "bin" / "python")
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def stamp(lab: Lab) -> str:
    """The key that .venv was made for."""
    return (lab.root / ".venv" / ".nix-jupyter-key").read_text()


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
        assert f"The whole output is in {pip.state / 'log' / 'sync.log'}." in done.stderr
        assert "Try: correct that file, then: lab sync" in done.stderr
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
    (jupyter,) = (p for p in pip.processes() if "jupyterlab" in p.cmdline())
    assert jupyter.cmdline()[0] == str(pip.root / ".venv" / "bin" / "python3")


def test_start_fails_when_it_cannot(pip: Lab) -> None:
    want(pip, "gamma", "first")
    done = pip("start")
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert pip.processes() == []


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
    assert "is called .venv.before-1 now" in done.stderr
    assert (pip.root / ".venv.before-1" / "precious").exists()
    assert imported(pip, "alpha") == "1.0"


def test_a_key_that_is_empty_leaves_the_venv_alone(pip: Lab) -> None:
    pip.check("sync")
    pip.key = ""
    pip.check("start")
    (jupyter,) = (p for p in pip.processes() if "jupyterlab" in p.cmdline())
    assert jupyter.cmdline()[0] == str(ENVIRONMENT / "bin" / "python3")
    assert stamp(pip) == "first"


def test_the_interpreter_is_gone(pip: Lab) -> None:
    """As after a garbage collection: the stamp is right, and the link leads nowhere."""
    pip.check("sync")
    python = pip.root / ".venv" / "bin" / "python3"
    python.unlink()
    python.symlink_to("/nix/store/gone/bin/python3")
    pip.check("sync")
    assert imported(pip, "alpha") == "1.0"


def _slowly(lab: Lab) -> Path:
    """Make pip wait for a file to appear, in the venv's own start-up."""
    gate = lab.home / "gate"
    slow = lab.home / "slow"
    slow.mkdir()
    (slow / "slow.py").write_text(SLOW)
    fake = lab.home / "python"
    # The real interpreter; only `-m venv` waits for the gate before it begins.
    fake.write_text(
        f'#!/bin/bash\n[[ " $* " != *" venv "* ]] || {ENVIRONMENT}/bin/python3 {slow}/slow.py\n'
        f'exec -a "$0" {ENVIRONMENT}/bin/python3 "$@"\n'
    )
    fake.chmod(0o755)
    lab.extra["GATE"] = str(gate)
    return gate


def test_two_at_once(pip: Lab) -> None:
    gate = _slowly(pip)
    real = pip.facts["python"]
    pip.facts["python"] = str(pip.home / "python")
    pip.write_facts()
    first = pip.begin("sync")
    wait_for(gate.with_suffix(".reached").exists, "the first to be at work")
    pip.facts["python"] = real
    pip.write_facts()
    second = pip.begin("sync")
    assert second.stderr
    assert second.stderr.readline() == "Waiting for another `lab sync` of this project …\n"
    gate.touch()
    said = first.communicate()[0], second.communicate()[0]
    assert [first.returncode, second.returncode] == [0, 0]
    assert "is up to date now" in said[0]
    assert "was up to date already" in said[1]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted(pip: Lab, signum: signal.Signals) -> None:
    pip.check("sync")
    want(pip, "alpha==2.0", "second")
    gate = _slowly(pip)
    real = pip.facts["python"]
    pip.facts["python"] = str(pip.home / "python")
    pip.write_facts()
    sync = pip.begin("sync")
    wait_for(gate.with_suffix(".reached").exists, "pip to be at work")
    sync.send_signal(signum)
    sync.wait()
    assert sync.returncode == {2: 130, 15: 143, 9: -9}[signum]
    gate.touch()
    pip.facts["python"] = real
    pip.write_facts()
    want(pip, "alpha==1.0", "first")
    pip.check("sync")
    assert imported(pip, "alpha") == "1.0"
    want(pip, "alpha==2.0", "second")
    pip.check("sync")
    assert imported(pip, "alpha") == "2.0"
    assert sorted(path.name for path in pip.root.glob(".venv*")) == [".venv"]


def test_stop_after_a_start_that_was_killed_while_installing(pip: Lab) -> None:
    """The installer still holds the lock of `lab start`, which is no more."""
    gate = _slowly(pip)
    pip.facts["python"] = str(pip.home / "python")
    pip.write_facts()
    start = pip.begin("start")
    wait_for(gate.with_suffix(".reached").exists, "pip to be at work")
    start.kill()
    start.wait()
    stop = pip.begin("stop")
    assert stop.stderr
    wait_for(lambda: "Waiting for another `lab start`" in stop.stderr.readline(), "stop to wait")
    gate.touch()
    assert stop.communicate()[0] == "my-lab was not running.\n"
    assert stop.returncode == 0


@pytest.fixture
def uv(make: Callable[..., Lab]) -> Lab:
    """A project that uv fills."""
    lab = make(venv="uv", uv=str(ENVIRONMENT / "bin" / "uv"))
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
    assert stamp(uv) == "first-renewed", "the key of the files as they are now"
    uv.key = stamp(uv)
    assert "was up to date already" in uv.check("sync")


def test_uv_renews_its_lock(uv: Lab) -> None:
    uv.check("sync")
    _depend(uv, '"alpha==1.0", "beta"', "second")
    uv.check("sync")
    assert imported(uv, "beta") == "1.0"
    assert stamp(uv) == "second-renewed"
    _depend(uv, '"alpha==1.0"', "third")
    uv.check("sync")
    assert imported(uv, "beta") == ""


def test_uv_wants_its_lock_to_fit_on_a_build_machine(uv: Lab) -> None:
    uv.check("sync")
    uv.extra["CI"] = "true"
    _depend(uv, '"alpha==1.0", "beta"', "second")
    done = uv("sync")
    assert done.returncode == 1
    assert f"{uv.root / 'uv.lock'} does not fit pyproject.toml any more." in done.stderr
    assert "Try: nix run .#lab -- lock    and commit uv.lock" in done.stderr
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


def test_lock_with_requirements_in(pip: Lab) -> None:
    done = pip("lock")
    assert done.returncode == 1
    assert "has nothing to lock" in done.stderr
    (pip.root / "requirements.in").write_text("alpha\n")
    assert "newer than this shell" in pip("lock").stderr
    pip.facts["uv"] = str(ENVIRONMENT / "bin" / "uv")
    pip.write_facts()
    (pip.root / "requirements.txt").write_text("")
    pip.check("lock")
    lock = (pip.root / "requirements.txt").read_text()
    assert "alpha==2.0" in lock
    assert "--hash=sha256:" in lock
    assert "#    lab lock\n" in lock
    assert str(pip.home) not in lock, "no trace of where the packages were found"
    pip.check("sync")
    assert imported(pip, "alpha") == "2.0"
    packages.wheel(pip.home / "wheels", "alpha", "3.0")
    pip.check("lock")
    assert "alpha==2.0" in (pip.root / "requirements.txt").read_text(), "what is locked stays"
    pip.check("lock", "--upgrade")
    assert "alpha==3.0" in (pip.root / "requirements.txt").read_text()


def test_a_lock_that_lacks_something(pip: Lab) -> None:
    pip.facts["uv"] = str(ENVIRONMENT / "bin" / "uv")
    pip.write_facts()
    (pip.root / "requirements.in").write_text("alpha<2\n")
    (pip.root / "requirements.txt").write_text("")
    pip.extra["CI"] = "true"
    done = pip("sync")
    assert done.returncode == 1
    assert "requirements.in asks for alpha<2, which is not locked." in done.stderr
    del pip.extra["CI"]
    done = pip("sync")
    assert done.returncode == 0
    assert "Not locked yet: alpha<2." in done.stderr
    assert imported(pip, "alpha") == "1.0"
    assert stamp(pip) == "first-renewed"


def test_a_module_in_the_project_does_not_get_in_the_way(pip: Lab) -> None:
    for name in ("random", "typing", "json", "venv", "pip"):
        (pip.root / f"{name}.py").write_text("raise SystemExit('the wrong one')\n")
    pip.facts["services"] = {}  # server.py would find them, and so it should
    pip.write_facts()
    pip.check("start")
    assert imported(pip, "alpha") == "1.0"
