"""requirements.txt as the lock of requirements.in."""

import json
import os
import stat

import psutil
import pytest

import packages
from driver import Lab
from venvs import imported, stamp


def test_lock_with_requirements_in(pip: Lab) -> None:
    done = pip("lock")
    assert done.returncode == 1
    assert "has nothing to lock" in done.stderr
    (pip.root / "requirements.in").write_text("alpha\n")
    (pip.root / "requirements.txt").write_text("")
    file = pip.root / "requirements.txt"
    updated = f"{file} is updated. Install it with: lab sync\n"
    assert pip.check("lock") == updated
    lock = (pip.root / "requirements.txt").read_text()
    assert "alpha==2.0" in lock
    assert "--hash=sha256:" in lock
    assert "#    lab lock\n" in lock
    assert str(pip.home) not in lock, "no trace of where the packages were found"
    pip.check("sync")
    assert imported(pip, "alpha") == "2.0"
    packages.wheel(pip.home / "wheels", "alpha", "3.0")
    assert pip.check("lock") == f"{file} was up to date already.\n"
    assert json.loads(pip.check("lock", "--json")) == {"file": str(file), "changed": False}
    assert "alpha==2.0" in (pip.root / "requirements.txt").read_text(), "what is locked stays"
    assert pip.check("lock", "--upgrade") == updated
    assert "alpha==3.0" in (pip.root / "requirements.txt").read_text()


def test_a_lock_that_lacks_something(pip: Lab) -> None:
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
    assert stamp(pip) == "first-updated"


def test_what_lab_changes_in_the_project_has_the_users_mode(pip: Lab) -> None:
    """Colleagues read the project's files: lab's own umask, for its secrets, is not theirs."""
    (pip.root / "requirements.in").write_text("alpha\n")
    (pip.root / "requirements.txt").write_text("")
    activate = pip.home / "activate.sh"
    activate.write_text(f"{activate.read_text()}: >{pip.root}/from-activate\n")
    before = os.umask(0o027)
    try:
        pip.check("lock")
        pip.check("sync")
        (pip.root / "requirements.in").write_text("alpha\nbeta\n")
        pip.key = "second"
        pip.check("sync")
    finally:
        os.umask(before)
    for name in ("requirements.txt", "from-activate", ".venv/pyvenv.cfg"):
        assert stat.S_IMODE((pip.root / name).stat().st_mode) == 0o640, name


@pytest.mark.parametrize("runs", [False, True])
def test_the_last_package_from_pypi_is_taken_out_by_hand(pip: Lab, runs: bool) -> None:
    """.venv goes with it, and JupyterLab starts without."""
    (pip.root / "requirements.in").write_text("alpha==1.0\n")
    (pip.root / "requirements.txt").write_text("")
    pip.extra["VIRTUAL_ENV"] = str(pip.root / ".venv")
    pip.check("start")
    if not runs:
        pip.check("stop")
    (pip.root / "requirements.in").write_text("# nothing\n")
    pip.key = "second"
    (pip.home / "activate.sh").write_text("NIX_JUPYTER_VENV_KEY=\n")
    pip.check("start", "--again")
    assert not (pip.root / ".venv").exists()
    jupyter = psutil.Process(pip.pid())
    assert jupyter.cmdline()[0] == pip.facts["python"]
    assert "VIRTUAL_ENV" not in jupyter.environ()
    assert ".venv" not in jupyter.environ()["PATH"]
