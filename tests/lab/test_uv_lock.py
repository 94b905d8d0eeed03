"""uv.lock as `lab` updates it: what it says of a package that stays as it is stays as it is."""

import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from difflib import ndiff
from functools import partial
from http.server import ThreadingHTTPServer

import pytest

import packages
from driver import Lab
from pypi import PYPROJECT, entered, with_wheels
from test_image import Quiet

# Of no use to a project on Nix, and so not in the lock that comes with it.
UNUSED = "alpha-2.0-py3-none-musllinux_1_2_x86_64.whl"
SYSTEMS = """
[tool.uv]
environments = [
    "sys_platform == 'linux' and platform_machine == 'x86_64'",
    "sys_platform == 'darwin' and platform_machine == 'arm64'",
]
"""
EVERYWHERE = (
    "(platform_machine == 'arm64' and sys_platform == 'darwin')"
    " or (platform_machine == 'x86_64' and sys_platform == 'linux')"
)


@pytest.fixture
def uv(make: Callable[..., Lab]) -> Iterator[Lab]:
    """A project with a package from an index, whose lock has only the files that it can use."""
    lab = make(packages="pyproject.toml", venv="uv")
    (lab.root / "flake.nix").write_text("{ }\n")
    (lab.root / "pyproject.toml").write_text(PYPROJECT + SYSTEMS)
    with_wheels(lab)
    wheels = lab.home / "wheels"
    packages.wheel(wheels, "delta")
    shutil.copy(wheels / "alpha-2.0-py3-none-any.whl", wheels / UNUSED)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(wheels))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        (lab.root / "uv.toml").write_text(f'no-index = true\nfind-links = ["{address}"]\n')
        lab.check("add", "beta")
        (lab.root / "uv.lock").write_text(slim(lock(lab)))
        yield entered(lab)
        server.shutdown()


def lock(lab: Lab) -> str:
    """The whole file."""
    return (lab.root / "uv.lock").read_text()


def slim(text: str) -> str:
    """A lock as it comes with a project, and as another version of uv writes it."""
    lines = [line for line in text.splitlines(keepends=True) if UNUSED not in line]
    other = re.sub(r"^revision = .*", "revision = 1", "".join(lines), flags=re.MULTILINE)
    marked = f'{{ name = "alpha", marker = "{EVERYWHERE}" }}'
    assert '{ name = "alpha" }' in other
    return other.replace('{ name = "alpha" }', marked)


def is_whole(lab: Lab) -> bool:
    """Does uv find nothing to change in it?"""
    command = [lab.facts["uv"], "lock", "--check", "--python", lab.facts["python"]]
    done = subprocess.run(command, cwd=lab.root, capture_output=True, check=False)
    return done.returncode == 0


def test_to_add_a_package_changes_no_line_about_another(uv: Lab) -> None:
    before = lock(uv)
    uv.check("add", "delta")
    of_all = before.partition('name = "my-lab"')[0].partition("[[package]]")[2]
    assert of_all in lock(uv), "what it says of alpha and beta"
    assert 'name = "delta"' in lock(uv)
    assert UNUSED not in lock(uv)
    assert is_whole(uv)
    entered(uv).check("remove", "delta")
    assert of_all in lock(uv)
    changed = [
        line for line in ndiff(before.splitlines(), lock(uv).splitlines()) if line[0] in "+-"
    ]
    assert [line for line in changed if "revision" not in line and "my-lab" not in line] == []


def test_a_new_version_has_all_of_its_files(uv: Lab) -> None:
    uv.check("add", "alpha<2")
    assert UNUSED not in lock(uv)
    entered(uv).check("add", "alpha>=2")
    assert UNUSED in lock(uv)


@pytest.mark.parametrize("command", ["lock", "sync"])
def test_other_pythons_need_other_files(uv: Lab, command: str) -> None:
    file = uv.root / "pyproject.toml"
    file.write_text(file.read_text().replace(">=3.12", ">=3.12,<3.20"))
    entered(uv).check(command)
    assert UNUSED in lock(uv)


@pytest.mark.parametrize("command", ["lock", "sync"])
def test_a_line_written_by_hand_is_as_good(uv: Lab, command: str) -> None:
    file = uv.root / "pyproject.toml"
    file.write_text(file.read_text().replace('"beta', '"delta",\n    "beta'))
    entered(uv).check(command)
    assert 'name = "delta"' in lock(uv)
    assert UNUSED not in lock(uv)
    assert is_whole(uv)


def test_a_file_that_the_index_has_no_more_is_not_kept(uv: Lab) -> None:
    wheels = uv.home / "wheels"
    (wheels / "alpha-2.0-py3-none-any.whl").rename(wheels / "alpha-2.0-py2.py3-none-any.whl")
    uv.check("add", "delta")
    assert "alpha-2.0-py3-none-any.whl" not in lock(uv)
    assert "alpha-2.0-py2.py3-none-any.whl" in lock(uv)
