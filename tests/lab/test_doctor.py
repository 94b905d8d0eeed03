"""`lab doctor` finds what is wrong, and the command that it names fixes it."""

import json
import re
import shlex
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from driver import Lab, get
from faults.of_files import ignore_in_all_projects, put_under_git


def problems(lab: Lab) -> list[dict[str, Any]]:
    """What the doctor found. Its exit code must say the same."""
    done = lab("doctor", "--json")
    found = [finding for finding in json.loads(done.stdout) if not finding["ok"]]
    assert all(set(finding) == {"name", "ok", "message", "fix"} for finding in found)
    assert done.returncode == (1 if found else 0)
    return found


def the_problem(lab: Lab, name: str) -> dict[str, Any]:
    """The one problem that there must be, the same for a person as for a program."""
    (found,) = problems(lab)
    assert found["name"] == name
    shown = lab("doctor")
    assert shown.returncode == 1
    assert f"PROBLEM  {found['message']}\n         Next: {found['fix']}\n" in shown.stdout
    assert shown.stdout.endswith("Problems: 1.\n")
    return found


def type_command(lab: Lab, fix: str) -> None:
    """As in the project's shell."""
    # Where the key of .venv is made of files, each lab makes it anew.
    key = f". {lab.home}/activate.sh && export NIX_JUPYTER_VENV_KEY && "
    has_key = lab.facts["venv"] == "uv"
    lab_function = f'lab() {{ {key if has_key else ""}{shlex.join(lab.command())} "$@"; }}\n'
    command = ["bash", "-c", lab_function + fix]
    done = subprocess.run(
        command, cwd=lab.root, env=lab.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def git(lab: Lab) -> Lab:
    """A project in a git repository."""
    return put_under_git(lab)


@pytest.mark.jupyterlab
def test_extensions_that_jupyterlab_can_and_cannot_load(git: Lab) -> None:
    """Row A1: the browser would be refused one, and would show nothing of a widget."""
    script = _plant_extension(git, "@some/widgets")
    assert problems(git) == []
    git.check("start")

    def answer() -> int:
        path = f"/lab/extensions/@some/widgets/static/{script.name}"
        return get(git.port(), path, git.token())[0]

    # From the first directory that has it, as JupyterLab does.
    assert answer() == 200
    assert "JupyterLab can load its extensions: 2." in git.check("doctor")
    elsewhere = git.home / "remoteEntry.js"
    script.rename(elsewhere)
    for how in ("missing", "a link"):
        if how == "a link":
            script.symlink_to(elsewhere)
        assert answer() in (403, 404), how
        found = the_problem(git, "extension-refused-nix")
        assert "JupyterLab cannot load the extension @some/widgets: " in found["message"]
        assert str(script) in found["message"]
        assert found["fix"] == "nix-store --verify --check-contents --repair"


def _plant_extension(lab: Lab, name: str) -> Path:
    """One more prebuilt extension, as a package of Nix or PyPI brings it."""
    place = lab.home / "share" / "jupyter"
    directory = place / "labextensions" / name
    (directory / "static").mkdir(parents=True)
    script = directory / "static" / "remoteEntry.1.js"
    script.write_text("var loaded = true\n")
    build = {"load": f"static/{script.name}", "extension": "./extension"}
    package = {"name": name, "version": "1.0.0", "jupyterlab": {"_build": build}}
    (directory / "package.json").write_text(json.dumps(package))
    lab.extra["JUPYTER_PATH"] = f"{place}:{lab.environment()['JUPYTER_PATH']}"
    return script


def test_all_is_well(git: Lab) -> None:
    assert problems(git) == []
    assert git.check("doctor").endswith("\nNo problem was found.\n")
    git.check("start")
    assert problems(git) == []
    assert "jupyter answers on port" in git.check("doctor")


def test_outside_of_git_all_is_well(lab: Lab) -> None:
    assert problems(lab) == []


def test_what_git_ignores_in_all_projects_is_found_as_well(git: Lab) -> None:
    """`git status` shows nothing of it."""
    ignore_in_all_projects(git, "*.lock\nlib/\n*.swp\n")
    (git.root / "nix" / "lib").mkdir(parents=True)
    for name in ("flake.lock", "nix/lib/names.py", "nix/.names.py.swp"):
        (git.root / name).touch()
    found = the_problem(git, "git-untracked")
    assert "Nix does not see flake.lock, nix/lib/names.py, because" in found["message"]
    type_command(git, found["fix"])
    assert problems(git) == []


def test_the_browser_is_named_where_one_is(git: Lab) -> None:
    assert "No browser can be opened from here: ./start prints" in git.check("doctor")
    program = git.home / "firefox"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    git.extra = {"BROWSER": f"/nowhere/browser:{program} --new-window"}
    assert f"Pages are opened with {program}." in git.check("doctor")


def test_a_port_that_somebody_has_is_named_with_its_holder(running: Lab) -> None:
    port = running.port("server")
    running.check("stop")
    with socket.create_server(("127.0.0.1", port)):
        said = running.check("doctor")
    assert re.search(rf"Port {port} is taken by .+; server will get another\.", said), said


def test_a_file_that_stops_a_check_is_found_and_the_others_go_on(running: Lab) -> None:
    token = running.state / "token"
    token.write_text("not a token\n")
    found = problems(running)
    (said,) = [each for each in found if str(token) in each["message"]]
    assert "does not hold a token" in said["message"]
    assert said["fix"] == f'rm "{token}"'
    assert f"are free where {running.root} is." in running("doctor").stdout


def test_direnv_is_hinted_at(git: Lab) -> None:
    program = git.home / "bin" / "direnv"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (git.root / ".envrc").touch()
    path = git.environment()["PATH"]
    git.extra = {"PATH": f"{program.parent}:{path}"}
    assert "type in it once: direnv allow" in git.check("doctor")
    git.extra["DIRENV_DIR"] = f"-{git.root}"
    assert "direnv enters the environment by itself." in git.check("doctor")


def test_the_driver_of_the_graphics_card(git: Lab) -> None:
    assert "NVIDIA" not in git.check("doctor")
    git.facts["compute"] = "cuda"
    git.write_facts()
    driver = git.state / "driver"
    driver.mkdir()
    (driver / "libcuda.so.1").touch()
    assert f"The NVIDIA driver is {driver / 'libcuda.so.1'}." in git.check("doctor")

    # The PyTorch of nixpkgs is made for CUDA 13 (issue 9, point 6).
    (driver / "libcuda.so.1").unlink()
    (driver / "libcuda.so.1").symlink_to(driver / "libcuda.so.535.183.01")
    (driver / "libcuda.so.535.183.01").touch()
    assert "535.183.01, and CUDA 13 needs 580" in the_problem(git, "driver-old")["message"]
    (driver / "libcuda.so.1").unlink()
    (driver / "libcuda.so.1").symlink_to(driver / "libcuda.so.580.65.06")
    (driver / "libcuda.so.580.65.06").touch()
    assert "libcuda.so.580.65.06." in git.check("doctor")
