"""The packages of a uv project whose source is in the project, in its image."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import packages
from driver import Lab
from venvs import build

BY_UV = '[build-system]\nrequires = ["uv_build>=0.5,<1"]\nbuild-backend = "uv_build"\n'
BY_MAKER = '[build-system]\nrequires = ["maker>=1"]\nbuild-backend = "maker"\n'
# The smallest that builds packages: it takes a wheel that lies there.
MAKER = """
import glob, shutil
def build_wheel(directory, settings=None, metadata=None):
    return shutil.copy(*glob.glob("*.whl"), directory).rpartition("/")[2]
"""


@pytest.fixture
def uv(make: Callable[..., Lab]) -> Lab:
    """A project that uv fills, with two packages to be had."""
    lab = make(venv="uv")
    wheels = lab.home / "wheels"
    packages.wheel(wheels, "alpha")
    packages.wheel(wheels, "maker", source=MAKER)
    simple = lab.home / "simple"
    for wheel in wheels.iterdir():
        page = simple / wheel.name.partition("-")[0] / "index.html"
        page.parent.mkdir(parents=True)
        sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
        page.write_text(f'<a href="file://{wheel}#sha256={sha256}">{wheel.name}</a>')
    (lab.root / "uv.toml").write_text(f'index = [{{ url = "file://{simple}", default = true }}]\n')
    return lab


def _package(directory: Path, *dependencies: str, more: str = BY_UV) -> None:
    """The source of a package with the name of its directory."""
    name = directory.name.replace("-", "_")
    source = directory / "src" / name / "__init__.py"
    source.parent.mkdir(parents=True)
    source.write_text("def main():\n    print('main')\n")
    (directory / "pyproject.toml").write_text(
        f'[project]\nname = "{directory.name}"\nversion = "1.0"\nrequires-python = ">=3.12"\n'
        f"dependencies = {list(dependencies)}\n{more}"
    )


def _refused(lab: Lab) -> str:
    lab.check("lock")
    done = build(lab, lab.home / "venv")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_they_are_in_the_image_the_same_byte_for_byte(uv: Lab) -> None:
    """The project itself, a member of its workspace, directories and a wheel."""
    more = f"""
{BY_UV}
[project.scripts]
run-it = "my_lab:main"
[tool.uv.workspace]
members = ["members/*"]
[tool.uv.sources]
member = {{ workspace = true }}
directory = {{ path = "vendor/directory" }}
edited = {{ path = "vendor/edited", editable = true }}
boxed = {{ path = "vendor/boxed-1.0-py3-none-any.whl" }}
"""
    all_names = ("alpha", "member", "directory", "edited", "boxed")
    _package(uv.root, *all_names, more=more)
    _package(uv.root / "members" / "member")
    for name in ("directory", "edited"):
        _package(uv.root / "vendor" / name)
    packages.wheel(uv.root / "vendor", "boxed")
    uv.check("lock")
    venv = uv.home / "venv"
    code = f"import {', '.join(all_names)}, my_lab as own; print(own.__file__)\n"
    code += "import importlib.metadata as m; print(m.version('my-lab'), m.version('edited'))"
    for other in ("first", "second"):
        done = build(uv, venv)
        assert done.returncode == 0, done.stderr
        words = [venv / "bin" / "python3", "-B", "-c", code]
        where, versions = subprocess.check_output(words, text=True).splitlines()
        assert where.startswith(f"{venv}/lib/"), where
        assert versions == "1.0 1.0"
        assert subprocess.check_output([venv / "bin" / "run-it"], text=True) == "main\n"
        venv.rename(uv.home / other)
        shutil.rmtree(uv.home / "build")
    diff = ["diff", "-r", uv.home / "first", uv.home / "second"]
    assert subprocess.run(diff, capture_output=True, text=True, check=False).stdout == ""


def test_a_project_that_is_no_package_is_not_one_in_the_image(uv: Lab) -> None:
    _package(uv.root, "alpha", more="[tool.uv]\npackage = false\n")
    uv.check("lock")
    assert build(uv, uv.home / "venv").returncode == 0
    assert not list((uv.home / "venv").glob("lib/*/site-packages/my_lab*"))


def test_what_builds_a_package_has_to_be_in_the_lock(uv: Lab) -> None:
    _package(uv.root, more=BY_MAKER)
    packages.wheel(uv.root, "my_lab")
    maker = next((uv.home / "wheels").glob("maker*"))
    # Nix fetches what is in the lock.
    maker.rename(uv.home / maker.name)
    said = _refused(uv)
    assert "The package of this project at pyproject.toml could not be built for the image:" in said
    assert "without a network, and uv.lock does not have: maker>=1\n" in said
    assert said.endswith("Next: ./lab add 'maker>=1' && git add pyproject.toml uv.lock\n")
    (uv.home / maker.name).rename(maker)
    file = uv.root / "pyproject.toml"
    file.write_text(file.read_text().replace("dependencies = []", 'dependencies = ["maker>=1"]'))
    uv.check("lock")
    done = build(uv, uv.home / "venv")
    assert done.returncode == 0, done.stderr
    words = [uv.home / "venv" / "bin" / "my_lab-version"]
    assert subprocess.check_output(words, text=True) == "1.0\n"


def test_a_package_from_git_is_refused_by_name(uv: Lab) -> None:
    repository = uv.home / "other"
    _package(repository)
    person = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "-q"], ["add", "--all"], [*person, "commit", "-qm", "first"]):
        subprocess.run(["git", "-C", repository, *words], check=True)
    _package(uv.root, f"other @ git+file://{repository}", more="[tool.uv]\npackage = false\n")
    said = _refused(uv)
    assert f"other comes from git, file://{repository}, and an image is built without" in said
    assert f"git subtree add --squash --prefix=vendor/other file://{repository} " in said
    assert said.endswith(" && uv add ./vendor/other\n")


def test_a_package_outside_of_the_project_is_refused_by_name(uv: Lab) -> None:
    _package(uv.home / "outside")
    _package(uv.root, f"outside @ file://{uv.home}/outside", more="[tool.uv]\npackage = false\n")
    said = _refused(uv)
    assert f"{uv.home}/outside is outside of the project, so it cannot be in an image." in said
    assert "Next: put it into the project, and  uv add ./DIRECTORY" in said
