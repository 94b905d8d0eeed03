"""`lab start --again`: stopped, and started with what the files say now."""

import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from driver import BASH, Lab, wait_for
from strangers import needs_root
from venvs import stamp, want


@contextmanager
def inside(lab: Lab, before: str = "") -> Iterator[None]:
    """Commands are typed in a terminal of the JupyterLab that runs; `before` is what Nix does."""
    script = shlex.join(["exec", "env", "NIX_JUPYTER_CALLED=./lab", *lab.command()])
    (lab.root / "lab").write_text(f'{before}\n{script} "$@"\n')
    terminal = psutil.Process(lab.pid())  # what JupyterLab runs gets its environment
    marks = {name: value for name, value in terminal.environ().items() if "NIX_JUPYTER" in name}
    had = lab.extra
    lab.extra = had | marks
    yield
    lab.extra = had


def is_ready(lab: Lab) -> bool:
    services = lab.status()["services"]
    return bool(services) and all(each["ready"] for each in services.values())


def test_start_again_in_a_terminal_of_jupyterlab_which_ends_with_it(running: Lab) -> None:
    running.facts["services"]["server"]["command"] = "python -u server.py"
    running.write_facts()
    before = running.pid()
    with inside(running):
        done = running("start", "--again")
    assert (done.returncode, done.stdout) == (143, "")
    wait_for(lambda: is_ready(running), "it")
    assert running.pid() != before
    assert "-u" in psutil.Process(running.pid("server")).cmdline()


@pytest.mark.parametrize("is_inside", [False, True])
def test_programs_that_are_no_more_in_flake_nix_are_not_found(
    running: Lab, is_inside: bool
) -> None:
    old = "/nix/store/00000000000000000000000000000000-pandoc/bin"
    path = f"{running.root}/.venv/bin:{old}:{running.environment()['PATH']}"
    before = running.pid()
    with inside(running):
        running.extra["PATH"] = path
        if not is_inside:
            del running.extra["NIX_JUPYTER_SUPERVISED"]
        running("start", "--again", "--no-open")
    wait_for(lambda: is_ready(running), "it")
    after = running.pid()
    assert after != before
    assert psutil.Process(after).environ()["PATH"] == running.environment()["PATH"]


def terminal_of(lab: Lab) -> str:
    """What a new terminal of JupyterLab says."""
    command = [BASH, "--rcfile", lab.facts["shell"], "-i", "-c", "true"]
    with inside(lab):
        variables = lab.environment()
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("mark", ["", "!"])
def test_what_does_not_start_is_said_in_the_next_terminal(running: Lab, mark: str) -> None:
    service = running.facts["services"]["server"]
    running.facts["services"]["server"] = {**service, "command": "echo words at its end; exit 3"}
    running.write_facts()
    assert terminal_of(running) == ""
    with inside(running):
        running.extra |= {"NIX_JUPYTER_CELL": mark} if mark else {}
        assert running("start", "--again").returncode == 143
        running.extra.pop("NIX_JUPYTER_CELL", None)
    wait_for((running.state / "log" / "start-failed.log").exists, "the start to end")
    said = terminal_of(running)
    assert said.startswith("start --again says:\nStopping my-lab")
    assert "\nserver is not ready: it ended with exit code 3." in said
    assert "  | words at its end\n" in said
    assert re.search(r"\n  Next: [^!\n]*lab logs server\n$", said)
    assert terminal_of(running) == "", "it is said once"


def test_what_a_start_before_could_not_say_is_forgotten(running: Lab) -> None:
    untold = running.state / "log" / "start-failed.log"
    untold.write_text("server is not ready")
    running.check("start", "--again")
    assert not untold.exists()


def begin_to_wait(lab: Lab) -> tuple[subprocess.Popen[str], psutil.Process]:
    """`start --again` in JupyterLab, while Nix takes its time, and the process of Nix."""
    file = lab.home / "nix"
    with inside(lab, f"echo $$ >{shlex.quote(str(file))}.new; mv {file}.new {file}; sleep 600"):
        begun = lab.begin("start", "--again")
    wait_for(file.exists, "Nix")
    return begun, psutil.Process(int(file.read_text()))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_tab_before_anything_is_stopped(running: Lab, signum: int) -> None:
    before = running.pid()
    begun, nix = begin_to_wait(running)
    begun.send_signal(signum)
    _, said = begun.communicate()
    assert begun.returncode == 128 + signum
    assert ("my-lab goes on as it was." in said) == (signum == signal.SIGINT)
    psutil.wait_procs([nix], timeout=60)
    assert not nix.is_running()
    assert running.pid() == before


def test_a_stop_from_elsewhere_is_not_undone(running: Lab) -> None:
    begun, nix = begin_to_wait(running)
    running.check("stop")
    begun.communicate()
    psutil.wait_procs([nix], timeout=60)
    assert not nix.is_running()
    assert not running.status()["running"]


@pytest.mark.parametrize("is_inside", [False, True])
def test_a_start_that_waits_for_a_service_gives_way(lab: Lab, is_inside: bool) -> None:
    server = lab.facts["services"]["server"]
    lab.facts["services"]["server"] = {**server, "command": "sleep 600"}
    lab.write_facts()
    first = lab.begin("start")
    wait_for(lambda: lab.status()["running"] and lab.status()["services"]["jupyter"]["ready"], "it")
    lab.facts["services"]["server"] = server
    lab.write_facts()
    if is_inside:
        with inside(lab):
            assert lab("start", "--again").returncode == 143
    else:
        lab.check("start", "--again")
    first.communicate()
    assert first.returncode == 143
    wait_for(lambda: is_ready(lab), "the server", 60)


def test_what_cannot_start_is_not_stopped(running: Lab) -> None:
    before = running.pid()
    running.facts["services"]["no name"] = running.facts["services"]["server"]
    running.write_facts()
    done = running("start", "--again")
    assert done.returncode == 1
    assert "no name" in done.stderr
    assert "Stopping" not in done.stderr
    running.facts["services"].pop("no name")
    running.write_facts()
    assert running.pid() == before


@needs_root
def test_on_a_full_disk_nothing_is_stopped_and_that_is_said(running: Lab) -> None:
    """What it says goes by way of a file on that disk."""
    before, state = running.pid(), shlex.quote(str(running.state))
    with inside(running):
        fill = f"mount -t tmpfs -o size=64k tmpfs {state} && mkdir -m 700 {state}/log"
        fill += f"; cat /dev/zero >{state}/ballast 2>/dev/null"
        running.before = ["unshare", "--mount", "sh", "-c", f'{fill}; exec "$@"', "sh"]
        done = running("start", "--again")
    running.before = []
    assert done.returncode == 1
    assert done.stderr.startswith(f"The disk that holds {running.state} is full, ")
    assert done.stderr.endswith(f"Next: df -h {running.state}\n")
    assert running.pid() == before


def test_in_jupyterlab_of_a_project_that_was_deleted(running: Lab) -> None:
    before = running.pid()
    with inside(running):
        (running.root / "lab").unlink()
        # From a directory that is gone, too.
        running.before = ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh"]
        done = running("start", "--again")
    running.before = []
    assert done.returncode == 1
    assert done.stderr.endswith(f"Next: git -C {running.root} checkout HEAD -- lab\n")
    assert running.pid() == before


def test_logs_until_ctrl_c_are_not_for_a_terminal_that_ends(running: Lab) -> None:
    with inside(running):
        done = running("start", "--again", "--foreground")
    assert done.returncode == 2
    assert done.stderr.startswith("--foreground shows the logs until Ctrl-C,")
    assert done.stderr.endswith("Next: lab start --again\n")


def test_start_again_of_what_does_not_run(lab: Lab) -> None:
    assert "my-lab is running." in lab.check("start", "--again")


def test_start_again_where_the_venv_cannot_be_filled(pip: Lab) -> None:
    pip.check("start")
    before = pip.pid()
    want(pip, "nowhere==1.0", "second")
    done = pip("start", "--again")
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert re.search(
        r"\nmy-lab goes on as it was\.\n  Next: .*lab start --again\n$",
        done.stderr,
    )
    assert "lab sync" not in done.stderr
    assert pip.pid() == before


def test_what_is_locked_on_the_way_is_installed_once(pip: Lab) -> None:
    pip.check("start")
    (pip.root / "requirements.txt").write_text("")
    (pip.root / "requirements.in").write_text("beta\n")
    pip.key = "second"
    done = pip("start", "--again")
    assert done.returncode == 0, done.stderr
    assert "Not locked yet: beta." in done.stderr
    assert done.stderr.count("Installing requirements.txt into .venv") == 1
    assert stamp(pip) == "second-updated"
    variables = psutil.Process(pip.pid()).environ()
    assert variables["NIX_JUPYTER_VENV_KEY"] == "second-updated"
