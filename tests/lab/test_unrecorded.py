"""The doctor names packages that stand in no file of the project."""

import json
import subprocess
from collections.abc import Callable

import pytest

from driver import Lab
from pypi import ASKED, PYPROJECT, entered, with_wheels


@pytest.mark.parametrize("venv", ["pip", "uv"])
def test_doctor_names_what_is_in_no_file(make: Callable[..., Lab], venv: str) -> None:
    """A3: what was installed beside `lab`, such as by an editor."""
    lab = make(packages="pyproject.toml" if venv == "uv" else "requirements.in", venv=venv)
    (lab.root / "flake.nix").write_text("{ }\n")
    if venv == "uv":
        (lab.root / "pyproject.toml").write_text(PYPROJECT)
    else:
        (lab.root / "requirements.in").write_text(ASKED)
    with_wheels(lab).check("add", "beta")
    entered(lab)
    assert findings(lab) == [True]
    uv = [lab.facts["uv"], "pip", "install", "--quiet", "gamma", "--no-deps"]
    uv += ["--python", str(lab.root / ".venv" / "bin" / "python3")]
    subprocess.run(uv, cwd=lab.root, env=lab.environment(), check=True)
    assert findings(lab) == [
        f"{lab.root / '.venv'} has packages that no file of the project lists: gamma."
    ]


def findings(lab: Lab) -> list[str | bool]:
    """What the doctor says of packages in no file: True, or a message."""
    found = json.loads(lab("doctor", "--json").stdout)
    return [each["ok"] or each["message"] for each in found if "recorded" in each["name"]]
