"""The doctor knows the versions of Jupyter's packages that have known security holes (row C5)."""

from collections.abc import Callable

import pytest

from driver import Lab
from faults.of_packages import filled_by_uv
from test_doctor import problems, the_problem


@pytest.mark.parametrize(
    ("package", "version", "safe"),
    [
        ("jupyter_server", "2.20.1", False),
        ("jupyter_server", "2.21.0", True),
        ("jupyter_server", "3.0.0", True),
        ("jupyterlab", "4.5.9", False),
        ("jupyterlab", "4.5.10", True),
        ("jupyterlab", "4.6.1", False),
        ("jupyterlab", "4.6.2", True),
        ("jupyterlab", "4.7.0rc1", True),
        ("tornado", "6.5.7", False),
        ("tornado", "6.5.8", True),
        ("tornado", "6.5.9", False),
        ("tornado", "6.6.1", True),
        ("nbconvert", "7.17.0", False),
        ("nbconvert", "7.17.1", True),
    ],
)
def test_versions_with_known_holes_row_c5(lab: Lab, package: str, version: str, safe: bool) -> None:
    environment = lab.home / "env"
    library = environment / "lib" / f"python{lab.facts['pythonVersion']}" / "site-packages"
    versions = {
        "jupyter_server": "2.21.0",
        "jupyterlab": "4.6.3",
        "tornado": "6.6.1",
        "nbconvert": "7.17.2",
        package: version,
    }
    for name, number in versions.items():
        metadata = library / f"{name}-{number}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n")
    lab.facts["env"] = str(environment)
    lab.write_facts()
    if safe:
        assert problems(lab) == []
    else:
        found = the_problem(lab, "package-unsafe-nix")
        assert found["message"].startswith(f"{package} {version} has known security holes")
        assert found["fix"] == "nix flake update"


def test_what_another_python_is_without_is_said_once(make: Callable[..., Lab]) -> None:
    """Another Python was chosen: what runs has its packages still, and is left alone."""
    lab = filled_by_uv(make)
    lab.facts |= {"pythonVersion": "3.99", "env": str(lab.home / "env")}
    lab.write_facts()
    lab.key = "of-another-python"
    assert the_problem(lab, "venv-old")["fix"] == "lab sync"
