"""Services that fail, processes that are killed, users who change their mind."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from driver import Lab, get, listens, service, wait_for


@pytest.mark.jupyterlab
def test_kill_a_service(running: Lab) -> None:
    running.supervisor()
    for name in ("server", "jupyter"):
        before = running.pid(name)
        subprocess.run(["kill", "-9", str(before)], check=True)
        wait_for(lambda name=name: running.status()["services"][name]["ready"], f"{name} again")
        after = running.status()["services"][name]
        assert after["pid"] != before
        assert after["restarts"] == 1
    assert "restarts: 1" in running.check("status")


def test_kill_the_supervisor_then_stop(running: Lab) -> None:
    ports = running.port(), running.port("server")
    running.supervisor().kill()
    wait_for(lambda: not running.status()["running"], "status to notice")
    assert all(listens("127.0.0.1", port) for port in ports), "the services are orphans now"
    assert running("url").returncode == 1
    assert running("doctor").returncode == 1
    assert running.check("stop") == "my-lab is stopped.\n"
    running.at_rest()


def test_kill_the_supervisor_then_start(running: Lab) -> None:
    before = running.check("url")
    running.supervisor().kill()
    wait_for(lambda: not running.status()["running"], "status to notice")
    running.check("start")
    assert running.check("url") == before, "the orphans were ended first, and their ports are free"
    assert len(running.jupyters()) == 1


def test_the_state_directory_vanishes_then_start(running: Lab) -> None:
    """A cleaner of temporary directories, or a disk in memory, takes it while all runs."""
    before = running.processes()
    shutil.rmtree(running.state)
    running.check("start")
    assert not [process for process in before if process in running.processes()]
    assert running.status()["running"]
    running.check("stop")
    running.at_rest()


def test_kill_everything_then_start(running: Lab) -> None:
    for process in running.processes():
        with suppress(psutil.NoSuchProcess):  # it ended with the one that was killed before
            process.kill()
    assert (running.state / "pc.sock").exists()
    running.check("start")


def test_a_supervisor_that_does_not_answer_is_left_alone(make: Callable[..., Lab]) -> None:
    """After the computer has slept, or while it is busy: kernels would be lost."""
    lab = make()
    lab.check("start")
    before = {process.pid for process in lab.processes()}
    unknown = {**lab.status(), "running": None, "url": None, "services": []}
    lab.supervisor().suspend()
    done = lab("start")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "my-lab is running, but process-compose, its supervisor, does not answer.\n"
        "  Next: lab status    when the computer is less busy; or: lab stop\n"
    )
    assert json.loads(lab.check("status", "--json")) == unknown
    lab.supervisor().resume()
    assert "already running" in lab.check("start")
    assert {process.pid for process in lab.processes()} == before


def test_a_service_that_dies(make: Callable[..., Lab]) -> None:
    """A4: JupyterLab opens all the same, for that is where the service would be repaired."""
    words = "echo 'cannot find my shoes'; echo"
    broken = service(f"{words}; [ -e shoes ] || exit 3; exec python server.py")
    lab = make(services={"server": service(), "shoes": broken})
    # A bash that believes to be begun by ssh reads a file of the user's, which is not for services.
    (lab.home / ".bashrc").write_text("echo of bashrc\n")
    lab.extra |= {"SSH_CLIENT": "192.0.2.1 50000 22", "SHLVL": "0"}
    done = lab("start")
    assert done.returncode == 1
    assert "shoes is not ready: it ended with exit code 3. The end of its log:" in done.stderr
    assert "  | cannot find my shoes" in done.stderr
    assert done.stderr.endswith("Next: lab logs shoes\n")
    assert get(lab.port(), "/api/status", lab.token())[0] == 200
    assert lab.status()["services"]["server"]["ready"]
    # It is tried again each second, ten times; each try is over in a moment.
    shown = r"shoes +failed +restarts: \d+, Next: lab logs shoes\n"
    wait_for(lambda: re.search(shown, lab.check("status")), "what status says")
    ended = "shoes ended with exit code 3. The end of its log:\n         | cannot find my shoes\n"
    doctor = wait_for(lambda: (said := lab("doctor")) and ended in said.stdout and said, "doctor")
    assert doctor.returncode == 1
    assert not re.search(r"\| *$", done.stderr + doctor.stdout, re.MULTILINE), "a blank line"
    # A second start looks again, and so does the supervisor by itself.
    assert lab("start").returncode == 1
    (lab.root / "shoes").touch()
    lab.check("restart", "shoes")
    assert lab.status()["services"]["shoes"]["ready"]
    lab.check("start")


def test_only_this_starts_words_are_shown(make: Callable[..., Lab]) -> None:
    lab = make(services={"shoes": service("cat words; exit 3")})
    (lab.root / "words").write_text("first words\n")
    assert "first words" in lab("start").stderr
    lab.check("stop")
    (lab.root / "words").write_text("last words\n")
    second = lab("start").stderr
    assert "last words" in second
    assert "first words" not in second


@pytest.mark.jupyterlab
def test_jupyterlab_that_cannot_start(lab: Lab) -> None:
    (lab.root / "jupyter").mkdir()
    (lab.root / "jupyter" / "jupyter_server_config.py").write_text("raise SystemExit('no today')\n")
    done = lab("start")
    assert done.returncode == 1
    assert "jupyter is not ready" in done.stderr
    assert "no today" in done.stderr
    lab.at_rest()


def test_ctrl_c_while_starting(make: Callable[..., Lab]) -> None:
    lab = make(services={"late": service("exec sleep 600")})
    start = lab.begin("start")
    wait_for(lambda: (lab.state / "pc.sock").exists(), "the supervisor")
    start.send_signal(signal.SIGINT)
    _, errors = start.communicate()
    assert start.returncode == 130
    assert "Traceback" not in errors
    lab.at_rest()


def test_stop_while_starting(make: Callable[..., Lab]) -> None:
    lab = make(services={"late": service("exec sleep 600")})
    start = lab.begin("start")
    wait_for(lambda: (lab.state / "pc.sock").exists(), "the supervisor")
    lab.check("stop")
    start.communicate()
    assert start.returncode == 143
    lab.at_rest()


def test_a_start_that_was_killed(make: Callable[..., Lab]) -> None:
    lab = make(services={"late": service("exec sleep 600")})
    start = lab.begin("start")
    wait_for(lambda: (lab.state / "pc.sock").exists(), "the supervisor")
    start.kill()
    start.communicate()
    wait_for(lambda: lab.status()["running"], "the supervisor, which stays, to be found")
    lab.check("stop")
    lab.at_rest()


def test_a_fault_of_lab_itself(lab: Lab) -> None:
    (lab.state / "process-compose.json").mkdir(parents=True)
    done = lab("start")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"with the details in {lab.state / 'lab-error.log'}." in done.stderr
    assert "Traceback" in (lab.state / "lab-error.log").read_text()
    (lab.state / "process-compose.json").rmdir()


def test_a_service_with_an_impossible_name(make: Callable[..., Lab]) -> None:
    done = make(services={"a/b": service()})("start")
    assert done.returncode == 1
    assert '"a/b"' in done.stderr


def test_a_child_that_outlives_its_service(make: Callable[..., Lab]) -> None:
    """It keeps the service's output open, for which process-compose would wait."""
    child = "(trap '' TERM; while true; do sleep 0.1; done) & exec python server.py"
    lab = make(services={"parent": service(child)})
    lab.check("start")
    lab.check("stop")
    lab.at_rest()


def test_a_service_that_ignores_sigterm(make: Callable[..., Lab]) -> None:
    stubborn = service("trap '' TERM; python server.py & while true; do sleep 0.1; done")
    lab = make(services={"stubborn": stubborn})
    lab.check("start")
    port = lab.port("stubborn")
    assert get(port, "/healthz")[0] == 200
    before = lab.pid("stubborn")
    lab.check("restart", "stubborn")
    assert lab.pid("stubborn") != before
    lab.check("stop")
    lab.at_rest()


# Its first thread ends with SIGTERM.
WITHOUT_FIRST_THREAD = """\
import ctypes, runpy, signal, sys, threading

threading.Thread(target=runpy.run_path, args=["server.py"]).start()
signal.signal(signal.SIGTERM, lambda *_: ctypes.CDLL(None).pthread_exit(None))
while True:
    signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone calls it a zombie")
def test_a_service_that_goes_on_without_its_first_thread(make: Callable[..., Lab]) -> None:
    lab = make(services={"threads": service("exec python threads.py")})
    (lab.root / "threads.py").write_text(WITHOUT_FIRST_THREAD)
    lab.check("start")
    lab.check("stop")
    lab.at_rest()


@pytest.mark.parametrize("name", ["token", "key", "ports.json"])
def test_what_a_project_that_runs_was_started_with_is_gone(running: Lab, name: str) -> None:
    """Nobody is given an address that opens nothing, and what runs goes on."""
    file, before = running.state / name, running.pid()
    if name == "ports.json":
        file.write_text("garbage")
    else:
        file.unlink()
    status = running("status")
    assert (status.returncode, "None" in status.stdout) == (0, False), status.stderr
    service = "server" if name == "key" else "jupyter"
    for command in (["url", service], ["restart"], ["start"]):
        done = running(*command)
        assert done.returncode == 1
        assert f"{file}" in done.stderr
        assert done.stderr.endswith("Next: lab start --again\n"), done.stderr
    assert running.pid() == before
    running.check("stop")
    running.check("start")
    assert running.status()["services"][service]["ready"]
