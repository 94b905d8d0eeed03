"""Files that another program holds for a moment, as an antivirus does on a drive of Windows (D5).

Linux holds none, so strace makes the system call fail, as often as the test says.
"""

import shutil
import subprocess

import pytest

from driver import Lab
from venvs import imported, want

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not here")

HELD = ["EPERM", "EACCES", "EBUSY"]


def _while_held(lab: Lab, error: str, times: str) -> subprocess.CompletedProcess[str]:
    """`lab sync`, whose renames of .venv fail."""
    fault = f"inject=rename:error={error}:when={times}"
    held = ["strace", "-qq", "-o", "/dev/null", "-P", str(lab.root / ".venv"), "-e", fault]
    return subprocess.run(
        [*held, *lab.command("sync")],
        cwd=lab.home,
        env=lab.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_it_is_waited_for(pip: Lab) -> None:
    pip.check("sync")
    for error, version in zip(HELD, ["2.0", "1.0", "2.0"], strict=True):
        want(pip, f"alpha=={version}", error)
        done = _while_held(pip, error, "1..3")
        assert done.returncode == 0, (error, done.stderr)
        said = f"Another program is using {pip.root / '.venv'}. Waiting for it …\n"
        assert done.stderr.count(said) == 1, error
        assert imported(pip, "alpha") == version, error


def test_not_for_ever(pip: Lab) -> None:
    pip.check("sync")
    want(pip, "alpha==2.0", "second")
    done = _while_held(pip, "EBUSY", "1+")
    assert done.returncode == 1
    assert f"{pip.root / '.venv'} cannot be renamed to .venv.previous: " in done.stderr
    assert "close the programs that have it open, then run the same command again\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert imported(pip, "alpha") == "1.0", "the one of before works on"
