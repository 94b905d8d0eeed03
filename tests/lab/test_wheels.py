"""Compiled wheels find their libraries, and nothing else is told where those are."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

import packages
from driver import Lab, get

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="macOS needs none of this")

SHOW = """
import json, os, subprocess, sys
child = "import os; print(open('/proc/self/environ').read())"
print(json.dumps({
    "prefix": sys.prefix,
    "executable": sys.executable,
    "own": os.environ.get("LD_LIBRARY_PATH"),
    "names": [name for name in os.environ if "KEPT" in name],
    "shell": subprocess.check_output(["env"], text=True),
    "python": subprocess.check_output([sys.executable, "-c", child], text=True),
}))
"""


@pytest.fixture(params=["pip", "uv"])
def lab(make: Callable[..., Lab], request: pytest.FixtureRequest) -> Lab:
    """A project with a library that only our mechanism finds."""
    lab = make("a lab", venv=request.param, compute="cuda")
    libraries = lab.home / "some libraries"
    libraries.mkdir()
    library = next(lab.prefix.glob("lib/python3.*/lib-dynload/_struct*.so"))
    shutil.copy(library, libraries / "libonly-here.so.1")
    lab.facts["libraries"] = [str(libraries)]
    lab.write_facts()
    packages.wheel(lab.home / "wheels", "alpha")
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    lab.key = "key"
    (lab.root / "requirements.txt").write_text("alpha\n")
    (lab.root / "pyproject.toml").write_text(
        '[project]\nname = "lab"\nversion = "1.0"\nrequires-python = ">=3.12"\n'
        'dependencies = ["alpha"]\n'
    )
    lab.check("sync")
    return lab


def _python(lab: Lab, code: str, name: str = "python3", **variables: str) -> str:
    command = [str(lab.root / ".venv" / "bin" / name), "-c", code]
    return subprocess.check_output(command, env={**os.environ, **variables}, text=True)


LOAD = "import ctypes; ctypes.CDLL('libonly-here.so.1')"


def test_a_library_is_found(lab: Lab) -> None:
    bare = [str(lab.prefix / "bin" / "python3"), "-c", LOAD]
    assert subprocess.run(bare, capture_output=True, check=False).returncode == 1
    version = lab.facts["pythonVersion"]
    for name in ("python", "python3", f"python{version}"):
        _python(lab, LOAD, name)


def test_nobody_else_is_told(lab: Lab) -> None:
    libraries = lab.facts["libraries"][0]
    seen = json.loads(_python(lab, SHOW))
    assert seen["prefix"] == str(lab.root / ".venv")
    assert seen["executable"] == str(lab.root / ".venv" / "bin" / "python3")
    assert seen["own"] is None
    assert seen["names"] == []
    assert "LD_LIBRARY_PATH" not in seen["shell"]
    assert "KEPT" not in seen["shell"]
    assert f"LD_LIBRARY_PATH={libraries}\0" in seen["python"], "Python children get it again"


def test_the_users_own_value_stays(lab: Lab) -> None:
    libraries = lab.facts["libraries"][0]
    seen = json.loads(_python(lab, SHOW, LD_LIBRARY_PATH="/opt/one:/opt/two"))
    assert seen["own"] == "/opt/one:/opt/two"
    assert "LD_LIBRARY_PATH=/opt/one:/opt/two\n" in seen["shell"]
    assert f"LD_LIBRARY_PATH={libraries}:/opt/one:/opt/two\0" in seen["python"]


def test_the_driver_joins_when_it_is_there(lab: Lab) -> None:
    """Whatever makes the directory does so at any time, before or after `lab sync`."""
    driver = lab.state / "driver"
    driver.mkdir()
    libraries = f"{lab.facts['libraries'][0]}:{driver}"
    seen = json.loads(_python(lab, SHOW))
    assert f"LD_LIBRARY_PATH={libraries}\0" in seen["python"]
    assert f"TRITON_LIBCUDA_PATH={driver}\0" in seen["python"]
    seen = json.loads(_python(lab, SHOW, TRITON_LIBCUDA_PATH="/opt/driver"))
    assert "TRITON_LIBCUDA_PATH=/opt/driver\0" in seen["python"]


def test_scripts_of_packages_run(lab: Lab) -> None:
    script = str(lab.root / ".venv" / "bin" / "alpha-version")
    assert subprocess.check_output([script], text=True) == "1.0\n"


def test_a_lost_script_is_put_back(lab: Lab) -> None:
    """As `uv` does when a user works with it by hand."""
    python = lab.root / ".venv" / "bin" / "python3"
    python.unlink()
    python.symlink_to(lab.facts["python"])
    assert "is not up to date" in lab("doctor").stdout
    lab.check("sync")
    assert not python.is_symlink()
    _python(lab, LOAD)
    assert "was up to date already" in lab.check("sync")


def test_pip_and_uv_go_on_working(lab: Lab) -> None:
    """The next sync fills the same environment again, and the script is there again."""
    packages.wheel(lab.home / "wheels", "beta")
    (lab.root / "requirements.txt").write_text("alpha\nbeta\n")
    if lab.facts["venv"] == "uv":
        (lab.root / "mark").touch()
        marker = lab.root / ".venv" / "mark"
        marker.touch()
        environment = lab.environment() | {"UV_PROJECT_ENVIRONMENT": str(lab.root / ".venv")}
        command = [lab.facts["uv"], "add", "--quiet", "beta"]
        subprocess.run(command, cwd=lab.root, env=environment, check=True)
        lab.key = "second"
        lab.check("sync")
        assert marker.exists(), "uv knows the environment again, and does not begin from nothing"
    lab.key = "third"
    lab.check("sync")
    _python(lab, f"import alpha, beta; {LOAD}")


@pytest.mark.jupyterlab
@pytest.mark.parametrize("lab", ["pip"], indirect=True)  # with uv, JupyterLab is not in this .venv
def test_services_and_jupyterlab(lab: Lab) -> None:
    server = lab.root / "server.py"
    code = f"import os\n{LOAD}\nprint(os.environ.get('LD_LIBRARY_PATH'))\n"
    server.write_text(f"{code}{server.read_text()}")
    lab.check("start")
    assert lab.log()[0] == "None"
    assert get(lab.port(), "/api/status", lab.token())[0] == 200
