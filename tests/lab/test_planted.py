"""What lies in the state directory is input: whose and what it is are looked at first (C1)."""

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from driver import Lab, service, wait_for
from strangers import NOBODY, needs_root

FILES = ["token", "key", "host", "ports.json", "sockets", "start.lock"]


def _link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))
    path.with_name("elsewhere").write_text("0" * 40)


def _directory(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("plant", [_link, _directory, _pipe], ids=["link", "directory", "pipe"])
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_file_is_named(lab: Lab, name: str, plant: Callable[[Path], None]) -> None:
    lab.state.mkdir(parents=True)
    path = lab.state / name
    plant(path)
    done = lab("start")
    assert done.returncode == 1
    assert f"lab did not write {path}: it is not a regular file." in done.stderr
    assert f"rm -rf {path}" in done.stderr
    assert lab.processes() == []
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()


@needs_root
@pytest.mark.parametrize("name", [*FILES, "log/jupyter.log"])
def test_what_belongs_to_somebody_else_is_named(lab: Lab, name: str) -> None:
    (lab.state / "log").mkdir(parents=True)
    path = lab.state / name
    path.write_text("0123456789abcdef0123456789abcdef")
    os.chown(path, NOBODY, NOBODY)
    done = lab("start")
    assert done.returncode == 1
    assert str(path) in done.stderr
    assert f"rm -rf {path}" in done.stderr
    path.unlink()


@pytest.mark.parametrize("name", ["token", "key", "host"])
def test_what_cannot_be_the_secret_is_named(lab: Lab, name: str) -> None:
    lab.state.mkdir(parents=True)
    (lab.state / name).write_text("../x")
    done = lab("start")
    assert done.returncode == 1
    assert str(lab.state / name) in done.stderr
    (lab.state / name).unlink()
    lab.check("start")


@pytest.mark.parametrize(
    "ports", ["[]", "null", '{"jupyter": "1"}', '{"jupyter": 70000, "server": -1}', "{"]
)
def test_ports_of_another_shape_are_forgotten(lab: Lab, ports: str) -> None:
    lab.state.mkdir(parents=True)
    (lab.state / "ports.json").write_text(ports)
    lab.check("start")
    chosen = json.loads((lab.state / "ports.json").read_text())
    assert set(chosen) == {"jupyter", "server"}


def test_a_socket_that_is_none_is_named(lab: Lab) -> None:
    lab.state.mkdir(parents=True)
    (lab.state / "pc.sock").write_text("")
    for command in ("start", "status", "stop"):
        done = lab(command)
        assert done.returncode == 1
        assert f"rm -rf {lab.state / 'pc.sock'}" in done.stderr
    (lab.state / "pc.sock").unlink()


@needs_root
def test_a_socket_of_somebody_else_is_not_spoken_to(lab: Lab) -> None:
    lab.state.mkdir(parents=True)
    path = lab.state / "pc.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(lab.state)
        listener.bind("pc.sock")
        os.chdir(before)
        listener.listen()
        os.chown(path, NOBODY, NOBODY)
        done = lab("status")
        assert done.returncode == 1
        assert f"rm -rf {path}" in done.stderr
    path.unlink()


def test_a_state_directory_that_is_a_link(lab: Lab) -> None:
    (lab.home / "elsewhere").mkdir()
    lab.state.parent.mkdir(parents=True, exist_ok=True)
    lab.state.symlink_to(lab.home / "elsewhere")
    done = lab("start")
    assert done.returncode == 1
    assert f"{lab.state} is a symbolic link, not a directory." in done.stderr
    lab.state.unlink()


def test_a_state_directory_inside_the_project(make: Callable[..., Lab]) -> None:
    lab = make("my-lab", state="my-lab/state")
    done = lab("start")
    assert done.returncode == 1
    assert "is in the project, which must hold no secrets" in done.stderr
    assert not (lab.root / "state").exists()
    lab.state = lab.home / "state"


@needs_root
def test_a_state_directory_of_somebody_else(lab: Lab) -> None:
    lab.state.mkdir(parents=True)
    os.chown(lab.state, NOBODY, NOBODY)
    done = lab("start")
    assert done.returncode == 1
    assert f"it belongs to user {NOBODY}" in done.stderr
    assert f"sudo mv {lab.state} {lab.state}.not-mine" in done.stderr
    os.chown(lab.state, os.getuid(), os.getgid())


def test_restart_after_a_service_was_added(running: Lab) -> None:
    """Row B6: it was a KeyError."""
    running.facts["services"]["second"] = service()
    running.write_facts()
    for arguments in (["restart", "second"], ["restart"]):
        done = running(*arguments)
        assert done.returncode == 1
        assert "second is not running: it was added to flake.nix after my-lab" in done.stderr
        assert "lab start --again" in done.stderr


@pytest.mark.parametrize("command", [["stop"], ["start", "--again"]])
def test_stop_during_a_restart(make: Callable[..., Lab], command: list[str]) -> None:
    """Row B6: it was an uncaught NoAnswer. And it was the service that was said to have failed."""
    slow = "[ -e first ] || { touch first; exec python server.py; }; touch again; exec sleep 600"
    late = "trap 'sleep 2; exit' TERM; python server.py & wait"  # the supervisor waits for it
    lab = make(services={"server": service(slow), "late": service(late)})
    lab.check("start")
    restart = lab.begin("restart", "server")
    wait_for((lab.root / "again").exists, "the restart")
    (lab.root / "first").unlink()
    lab.check(*command)
    _, errors = restart.communicate(timeout=300)
    assert restart.returncode == 1
    assert "my-lab was stopped in the meantime." in errors
    lab.check("stop")
    lab.at_rest()


def test_from_a_deleted_directory(running: Lab) -> None:
    """Row B6: it was a FileNotFoundError."""
    here = running.home / "here"
    for command in ("status", "url", "stop"):
        here.mkdir()
        script = 'rmdir "$PWD" && exec "$@"'
        done = subprocess.run(
            ["sh", "-c", script, "sh", *running.command(command)],
            cwd=here,
            env=running.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    running.at_rest()


def test_ctrl_c_in_a_waiting_start_leaves_the_holders_name(make: Callable[..., Lab]) -> None:
    """Row B6: `lab stop` could no longer tell the start that was going on to end."""
    lab = make(services={"late": service("exec sleep 600")})
    start = lab.begin("start")
    wait_for(lambda: (lab.state / "pc.sock").exists(), "the supervisor")
    name = (lab.state / "start.lock").read_text()
    waiting = lab.begin("start")
    assert waiting.stderr
    assert "Waiting for another" in waiting.stderr.readline()
    waiting.send_signal(2)
    waiting.communicate()
    assert (lab.state / "start.lock").read_text() == name
    lab.check("stop")
    start.communicate()
    assert start.returncode == 143
    lab.at_rest()
