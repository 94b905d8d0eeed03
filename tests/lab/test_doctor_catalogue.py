"""Each line of doctor's catalogue: made for real, found, and gone once its command was typed."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from driver import LAB, Lab
from faults import of_files, of_packages, of_services
from test_doctor import problems, type_command

Make = Callable[..., Lab]

# Lines whose command a test cannot type here, and why.
NOT_TYPED = {
    "tool-missing": "it needs Nix, which the tests of lab do without",
    "driver-missing": "it says what the computer has, and installs no driver",
    "driver-old": "it says what the computer has, and installs no driver",
    "service-silent": "it shows why; the cure is in the user's program",
    "service-ended": "it shows why; the cure is in the user's program",
    "nix-missing": "it downloads from nixos.org",
    "package-missing-nix": "it needs Nix, which the tests of lab do without",
    "package-unsafe-nix": "it needs Nix, which the tests of lab do without",
    "extension-refused-nix": "it needs Nix, which the tests of lab do without",
    "browser-missing": "it sets the variable for that start alone",
    "disk-project": "it shows what there is to remove",
    "disk-store": "it frees what the computer's own store has",
}
NEEDS_ROOT = {"disk-project", "disk-store"}
# What else is wrong then.
BESIDE = {"port-lost": {"service-stopped"}}
# Lines that another suite makes, and types the command of.
ELSEWHERE = {
    "project-unreadable": "tests/integration/minimal/flake-errors.test.ts",
    "flake-changed": "tests/integration/minimal/feature-added.test.ts",
}


LINES: dict[str, dict[str, str]] = json.loads((LAB / "checks" / "doctor.json").read_text())


def catalogue() -> list[str]:
    """The faults that lab can find, as its own sources name them."""
    sources = "".join(file.read_text() for file in (LAB / "checks").glob("*.py"))
    return sorted(name for name in LINES if "fix" in LINES[name] and f'"{name}"' in sources)


@pytest.fixture(autouse=True)
def _no_other_is_left() -> Iterator[None]:
    yield
    while of_services.OTHERS:
        other = of_services.OTHERS.pop()
        other.kill()
        other.communicate()


@pytest.mark.parametrize("name", catalogue())
def test_every_line(name: str, make: Make) -> None:
    if name in ELSEWHERE:
        assert "doctor" in (LAB.parents[3] / ELSEWHERE[name]).read_text()
        return
    if name in NEEDS_ROOT and os.getuid():
        pytest.skip("only root can make this fault")
    if name == "disk-store" and not Path("/nix/store").exists():
        pytest.skip("there is no /nix/store here")
    lab = MAKERS[name](make)
    found = problems(lab)
    assert {each["name"] for each in found} == {name, *BESIDE.get(name, ())}, found
    (fix,) = {each["fix"] for each in found if each["name"] == name}
    assert "{" not in fix
    if name not in NOT_TYPED:
        type_command(lab, f"{{ {fix}; }} && lab doctor")  # it ends with 1 at a problem
    for process in lab.processes():
        process.resume()  # a stopped one would not end when it is asked to


def test_no_other_line_is_excused() -> None:
    assert set(NOT_TYPED) | set(ELSEWHERE) <= set(catalogue())
    assert set(MAKERS) | set(ELSEWHERE) == set(catalogue())


# By the name of a line, what makes its fault.
MAKERS: dict[str, Callable[[Make], Lab]] = {
    name.replace("_", "-"): make
    for name, make in [
        *vars(of_files).items(),
        *vars(of_packages).items(),
        *vars(of_services).items(),
    ]
    if name.replace("_", "-") in catalogue()
}
