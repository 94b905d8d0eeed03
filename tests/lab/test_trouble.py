"""Services that fail, processes that are killed, users who change their mind."""

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from conftest import service
from driver import Lab, get, listens, timed, wait_for
from terminals import Terminal


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


def test_kill_everything_then_start(running: Lab) -> None:
    for process in running.processes():
        with suppress(psutil.NoSuchProcess):  # it ended with the one that was killed before
            process.kill()
    assert (running.state / "pc.sock").exists()
    running.check("start")


def test_a_service_that_dies(make: Callable[..., Lab]) -> None:
    """A4: JupyterLab opens all the same, for that is where the service would be repaired."""
    broken = service("echo 'cannot find my shoes'; [ -e shoes ] || exit 3; exec python server.py")
    lab = make(services={"server": service(), "shoes": broken})
    done = lab("start")
    assert done.returncode == 1
    assert "shoes is not ready: it ended with exit code 3. The end of its log:" in done.stderr
    assert "  | cannot find my shoes" in done.stderr
    assert done.stderr.endswith("Try: lab logs shoes\n")
    assert get(lab.port(), "/api/status", lab.token())[0] == 200
    assert lab.status()["services"]["server"]["ready"]
    doctor = lab("doctor")
    assert doctor.returncode == 1
    assert "shoes does not answer" in doctor.stdout
    assert "| cannot find my shoes" in doctor.stdout
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
    assert lab.status()["running"], "the supervisor stays, and the next commands find it"
    lab.check("stop")
    lab.at_rest()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_foreground(lab: Lab, signum: signal.Signals) -> None:
    start = lab.begin("start", "--foreground")
    assert start.stdout
    wait_for(lambda: lab.status()["running"], "the supervisor")
    while "my-lab is running" not in start.stdout.readline():
        pass
    assert start.poll() is None
    lab.check("restart", "server")
    while start.stdout.readline() != "server  | server.py listens\n":
        pass
    start.send_signal(signum)
    start.communicate()
    assert start.returncode == 0
    lab.at_rest()


@pytest.mark.parametrize("again", [None, signal.SIGHUP, signal.SIGTERM])
def test_foreground_in_a_terminal_that_closes(lab: Lab, again: signal.Signals | None) -> None:
    """B3: what it runs ends with it, also when a second signal comes at once."""
    terminal = Terminal(lab, "start", "--foreground", "--no-open")
    wait_for(lambda: "my-lab is running" in terminal.read(), "my-lab to run")
    terminal.close(again)
    lab.at_rest()


def test_foreground_whose_logs_nobody_reads(lab: Lab) -> None:
    """B3: `nix run | head -1` leaves nothing behind either."""
    start = lab.begin("start", "--foreground")
    assert start.stdout
    while "my-lab is running" not in start.stdout.readline():
        pass
    start.stdout.close()
    lab("restart", "server")  # something for the log, which ends what is being restarted
    start.wait(60)
    lab.at_rest()


def test_foreground_ended_from_elsewhere(lab: Lab) -> None:
    start = lab.begin("start", "--foreground")
    assert start.stdout
    while "my-lab is running" not in start.stdout.readline():
        pass
    lab.check("stop")
    _, errors = start.communicate()
    assert start.returncode == 0
    assert "my-lab was stopped." in errors


def test_a_fault_of_lab_itself(lab: Lab) -> None:
    (lab.state / "process-compose.json").mkdir(parents=True)
    done = lab("start")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"The details are in {lab.state / 'lab-error.log'}." in done.stderr
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
    start = timed(lab, "start")
    assert timed(lab, "stop") < 2 + start
    lab.at_rest()


def test_a_service_that_ignores_sigterm(make: Callable[..., Lab]) -> None:
    stubborn = service("trap '' TERM; python server.py & while true; do sleep 0.1; done")
    lab = make(services={"stubborn": stubborn})
    start = timed(lab, "start")
    port = lab.port("stubborn")
    assert get(port, "/healthz")[0] == 200
    before = lab.pid("stubborn")
    lab.check("restart", "stubborn")
    assert lab.pid("stubborn") != before
    assert timed(lab, "stop") < 10 + start
    lab.at_rest()
