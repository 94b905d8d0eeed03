"""`lab start --foreground`: however it ends, what it runs ends with it."""

import signal

import pytest

from driver import Lab, wait_for
from terminals import Terminal


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
    start.wait(180)
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


@pytest.mark.parametrize("signum", [signal.SIGCONT, signal.SIGINT])
def test_foreground_does_not_take_what_was_started_again_for_its_own(
    lab: Lab, signum: signal.Signals
) -> None:
    start = lab.begin("start", "--foreground")
    assert start.stdout
    while "my-lab is running" not in start.stdout.readline():
        pass
    start.send_signal(signal.SIGSTOP)  # or it looks seldom, and all is over between two looks
    lab.check("start", "--again")
    before = lab.pid()
    start.send_signal(signum)
    start.send_signal(signal.SIGCONT)
    start.communicate(timeout=60)
    assert lab.pid() == before
