"""`lab add` and `lab remove` where packages come from PyPI (issue 9, point 4)."""

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from driver import Lab
from pypi import ACTIVATE, ASKED, LOCKED, PYPROJECT, entered, files, with_wheels
from terminals import Terminal
from venvs import imported


def test_added_locked_installed_and_removed_again(pypi: Lab) -> None:
    before = files(pypi)
    said = pypi.check("add", "beta", "alpha<2")
    assert said == "Added to requirements.in: beta, alpha<2.\n"
    assert (pypi.root / "requirements.in").read_text() == f"{ASKED}beta\nalpha<2\n"
    lock = (pypi.root / "requirements.txt").read_text()
    assert "alpha==1.0 \\\n    --hash=sha256:" in lock
    assert (imported(pypi, "alpha"), imported(pypi, "beta")) == ("1.0", "1.0")
    assert pypi.check("remove", "Alpha") == "Removed from requirements.in: alpha.\n"
    pypi.check("add", "beta == 1.0")  # the same package, so the same line
    assert (pypi.root / "requirements.in").read_text() == f"{ASKED}beta == 1.0\n"
    pypi.check("remove", "beta")
    assert files(pypi) == before
    assert not (pypi.root / ".venv").exists(), "nothing needs it any more"


def test_json(pypi: Lab) -> None:
    said = json.loads(pypi.check("add", "--json", "alpha"))
    assert said["added"] == [{"name": "alpha", "file": "requirements.in"}]
    entered(pypi)
    said = json.loads(pypi.check("add", "--json", "alpha"))
    assert (said["added"], said["notes"]) == ([], ["alpha is in requirements.in already."])
    said = json.loads(entered(pypi).check("remove", "--json", "alpha"))
    assert said["removed"] == [{"name": "alpha", "file": "requirements.in"}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["alpha", "unheard-of"], 'There is no package "unheard-of" on PyPI. Every file is as b'),
        (["alpha>=9"], "Every file is as before."),
        (["alpha", "beta[", "gamma"], "Every file is as before."),
    ],
)
def test_all_or_nothing(pypi: Lab, typed: list[str], said: str) -> None:
    before = files(pypi)
    done = pypi("add", *typed)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert files(pypi) == before
    assert not (pypi.root / ".venv").exists()


def test_what_cannot_be_installed_leaves_all_as_it_was(pypi: Lab) -> None:
    pypi.check("add", "alpha<2")
    before = files(entered(pypi))
    pypi.extra["PIP_FIND_LINKS"] = str(pypi.home / "elsewhere")
    (pypi.home / "elsewhere").mkdir()
    done = pypi("add", "beta")
    assert done.returncode == 1, "it can be locked, and pip has nowhere to get it from"
    assert files(pypi) == before
    assert imported(pypi, "alpha") == "1.0", "the environment of before works on"


@pytest.mark.parametrize("word", ["-e .", "../directory", "a b", "1 2", "", "alpha>=", "alpha=1"])
def test_what_is_no_name(pypi: Lab, word: str) -> None:
    done = pypi("add", word)
    assert done.returncode == 2
    assert files(pypi)["requirements.in"] == ASKED.encode()


@pytest.mark.parametrize("file", ["=1.0", "1"])
def test_a_version_without_quotes_is_named(pypi: Lab, file: str) -> None:
    """`lab add alpha>=1.0`: a shell makes a file of that name, and says nothing of a version."""
    script = f"{shlex.join(pypi.command('add', 'alpha'))}>{file}"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=pypi.root,
        env=pypi.environment(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.endswith(f"Next: rm {pypi.root / file} && lab add 'alpha>{file}'\n")
    (pypi.root / file).unlink()
    assert files(pypi)["requirements.in"] == ASKED.encode()
    terminal = Terminal(pypi, "add", "alpha")  # whose name is a number
    assert terminal.end() == 0, terminal.text


def test_remove_what_is_nowhere(pypi: Lab) -> None:
    pypi.check("add", "alpha")
    done = entered(pypi)("remove", "alpa")
    assert done.returncode == 1
    assert 'alpa is in no file of my-lab, so it cannot be removed. Did you mean "alpha"?' in (
        done.stderr
    )
    assert "lab remove alpha" in done.stderr


def test_a_name_in_the_lock_by_hand_is_told_where_it_belongs(pypi: Lab) -> None:
    """F3: nothing is installed without its hash."""
    (pypi.root / "requirements.txt").write_text(f"{LOCKED}alpha\n")
    done = entered(pypi)("sync")
    assert done.returncode == 1
    assert "stands in it without a hash: alpha." in done.stderr
    assert "lab add alpha" in done.stderr
    pypi.check("add", "alpha")
    assert "--hash=" in (pypi.root / "requirements.txt").read_text()


def test_a_line_taken_out_by_hand_leaves_the_lock_at_the_next_sync(pypi: Lab) -> None:
    pypi.check("add", "beta", "alpha")
    (pypi.root / "requirements.in").write_text(f"{ASKED}alpha\n")
    done = entered(pypi)("sync")
    assert done.returncode == 0, done.stderr
    assert "No longer in requirements.in: beta." in done.stderr
    assert "beta" not in (pypi.root / "requirements.txt").read_text()
    (pypi.root / "requirements.in").write_text(ASKED)
    assert entered(pypi)("sync").returncode == 0
    assert (pypi.root / "requirements.txt").read_text() == LOCKED
    assert not (pypi.root / ".venv").exists(), "without a package from PyPI there is none"


def test_what_nix_has_is_not_installed_again(pypi: Lab) -> None:
    """What gamma needs, packaging, is in the environment of Nix and in no directory of wheels."""
    done = pypi("add", "gamma")
    assert done.returncode == 1, "where all comes from PyPI, Nix's does not count"
    pypi.facts["packages"] = "flake.nix"
    pypi.write_facts()
    (pypi.home / "activate.sh").write_text(ACTIVATE)
    before = files(pypi)
    (pypi.root / "requirements.in").write_text(f"{ASKED}gamma\n")
    entered(pypi).check("sync")
    lock = (pypi.root / "requirements.txt").read_text()
    assert "gamma==1.0" in lock
    assert "packaging==" not in lock
    assert lock.endswith("# The following packages were excluded from the output:\n# packaging\n")
    assert imported(pypi, "gamma") == "1.0"
    library = next((pypi.root / ".venv" / "lib").glob("python3*/site-packages"))
    assert not list(library.glob("packaging*"))
    assert pypi.check("remove", "gamma") == "Removed from requirements.in: gamma.\n"
    assert files(pypi) == before


def test_with_uv(make: Callable[..., Lab]) -> None:
    lab = make(packages="pyproject.toml", venv="uv")
    (lab.root / "flake.nix").write_text("{ }\n")
    (lab.root / "pyproject.toml").write_text(PYPROJECT)
    with_wheels(lab)
    assert lab.check("add", "alpha<2", "beta") == "Added to pyproject.toml: alpha<2, beta.\n"
    assert entered(lab).check("add", "alpha") == "alpha is in pyproject.toml already.\n"
    assert (imported(lab, "alpha"), imported(lab, "beta")) == ("1.0", "1.0")
    before = files(entered(lab))
    done = lab("add", "unheard-of")
    assert done.returncode == 1
    assert 'There is no package "unheard-of" on PyPI.' in done.stderr
    assert files(lab) == before
    good = (lab.root / "pyproject.toml").read_text()
    (lab.root / "pyproject.toml").write_text(f"{good}[bad\n")
    done = lab("add", "alpha")
    said = f"{lab.root / 'pyproject.toml'} cannot be read: "
    assert done.stderr.startswith(said)
    assert f"(at line {good.count(chr(10)) + 1}, column " in done.stderr
    (lab.root / "pyproject.toml").write_text(good)
    assert lab("remove", "gamma").returncode == 1
    assert lab.check("remove", "alpha", "beta") == "Removed from pyproject.toml: alpha, beta.\n"
    assert (lab.root / "pyproject.toml").read_text() == PYPROJECT
    assert imported(lab, "alpha") == ""


def test_a_requirements_txt_without_requirements_in_is_the_users(pypi: Lab) -> None:
    (pypi.root / "requirements.in").unlink()
    (pypi.root / "requirements.txt").write_text("alpha\n")
    done = entered(pypi)("add", "beta")
    assert done.returncode == 1
    assert "mv requirements.txt requirements.in && lab lock" in done.stderr
    assert Path(pypi.root / "requirements.txt").read_text() == "alpha\n"
