"""What two tiers have in common is the same letter by letter: a fix in one is a fix in both.

A generated project holds its files itself, so each tier has them; the program keeps them once.
"""

import subprocess

import pytest

from driver import LAB

TEMPLATES = LAB.parents[2]
TWINS = {
    ("cuda", "datasci"): {"data/.gitignore"},
    ("fasthtml", "uv"): {
        "webapp.py",
        "tests/test_webapp.py",
        "static/htmx.min.js",
        "static/pico.min.css",
        "static/VENDORED.md",
    },
}


def files(tier: str) -> dict[str, bytes]:
    """The files of a tier, without what tools leave there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.check_output(command, cwd=TEMPLATES / tier, text=True).splitlines()
    return {name: (TEMPLATES / tier / name).read_bytes() for name in listed}


@pytest.mark.parametrize(("one", "other"), list(TWINS))
def test_the_same_files_and_no_others(one: str, other: str) -> None:
    same = {name for name, content in files(one).items() if files(other).get(name) == content}
    assert same == TWINS[one, other]
