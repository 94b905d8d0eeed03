"""start, status, url, stop: the ordinary day of a project, and two of them at once."""

import re
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from driver import Lab, get, listens, wait_for


@pytest.mark.jupyterlab
def test_a_day(lab: Lab) -> None:
    printed = lab.check("start")
    status = lab.status()
    assert status["running"]
    assert status["project"] == "my-lab"
    assert status["root"] == str(lab.root)
    assert status["state"] == str(lab.state)
    assert all(service["ready"] for service in status["services"].values())
    assert [service["restarts"] for service in status["services"].values()] == [0, 0]

    port = lab.port()
    url = f"http://{lab.host()}:{port}/lab/tree/notebooks/start.ipynb?token={lab.token()}"
    assert status["url"] == url
    assert url in printed
    page = f"http://{lab.host()}:{lab.port('server')}/?key={lab.secret('key')}"
    assert f"{page}\n" in printed
    assert lab.check("url") == f"{url}\n"
    assert lab.check("url", "server") == f"{page}\n"
    assert get(port, "/api/status", lab.token())[0] == 200
    assert get(port, "/api/status", "wrong")[0] == 403
    assert get(port, "/api/status")[0] == 403
    assert get(lab.port("server"), "/healthz") == (200, "ok")

    assert lab.check("stop") == "my-lab is stopped.\n"
    lab.at_rest()
    assert lab.check("stop") == "my-lab was not running.\n"
    assert lab.status()["running"] is False
    assert lab.status()["url"] is None


def test_a_second_start_says_that_it_runs(running: Lab) -> None:
    before = running.status()
    printed = running.check("start")
    assert printed.startswith("my-lab is already running.")
    assert before["url"] in printed
    assert running.status() == before
    assert running("start").stderr == ""


def test_a_second_start_after_a_change(running: Lab) -> None:
    running.facts["services"]["server"]["command"] = "python -u server.py"
    running.write_facts()
    hint = "It still runs without your last changes. Next: lab start --again\n"
    assert running("start").stderr == hint
    running.facts["services"] = {}
    running.write_facts()
    assert running("start").stderr == hint


def test_ports_and_token_stay_the_same(running: Lab) -> None:
    before = running.check("url")
    running.check("stop")
    running.check("start")
    assert running.check("url") == before


def test_two_projects_side_by_side(make: Callable[..., Lab]) -> None:
    one, other = make("one"), make("other")
    # The same ports, as two directories with an unlucky name would have them.
    one.check("start")
    other.state.mkdir(parents=True)
    (other.state / "ports.json").write_text((one.state / "ports.json").read_text())
    other.check("start")
    assert {one.port(), one.port("server")}.isdisjoint({other.port(), other.port("server")})
    assert get(one.port(), "/api/status", other.token())[0] == 403
    one.check("stop")
    one.at_rest()
    assert all(service["ready"] for service in other.status()["services"].values())


def test_what_runs_for_a_directory_that_was_deleted_is_named(lab: Lab) -> None:
    lab.check("start")
    former = lab.state
    # As nix/activate.sh has it, which finds another state for the directory that was made again.
    (former / "root").write_text(f"1 {lab.root}")
    lab.state = former.with_name("again")
    lab.write_facts()
    said = lab("start").stderr
    found = re.search(rf"was in {lab.root} before still runs. Next: (kill \d+)\n$", said)
    assert found, said
    subprocess.run(found[1].split(), check=True)
    lab.check("stop")
    lab.state = former
    wait_for(lambda: not lab.processes(), "all that ran before")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port(lab: Lab, host: str) -> None:
    lab.check("start")
    port = lab.port()
    lab.check("stop")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen()
        lab.check("start")
        assert lab.port() != port
    another = lab.port()
    lab.check("stop")
    lab.check("start")
    assert lab.port() == another, "the new port is remembered"


def test_several_starts_at_once(lab: Lab) -> None:
    starts = [lab.begin("start") for _ in range(3)]
    printed = sorted(start.communicate()[0].splitlines()[0] for start in starts)
    assert [start.returncode for start in starts] == [0, 0, 0]
    assert [line.partition(". ")[0] for line in printed] == [
        "my-lab is already running",
        "my-lab is already running",
        "my-lab is running",
    ]
    assert len(lab.jupyters()) == 1


def test_nothing_listens_for_others(shared: Lab) -> None:
    listening = set()
    for process in shared.processes():
        try:
            connections = process.net_connections("inet")
        except psutil.NoSuchProcess:
            continue  # JupyterLab asks short-lived programs about this and that
        for connection in connections:
            if connection.status == psutil.CONN_LISTEN:
                listening.add((connection.laddr.ip, connection.laddr.port))
    assert listening == {("127.0.0.1", shared.port()), ("127.0.0.1", shared.port("server"))}


def test_the_token_is_nobody_elses_business(shared: Lab) -> None:
    shared.check("restart")
    token = shared.token()
    assert len(token) == 48
    assert token.isalnum(), "no newline: Jupyter strips none"
    assert all(token not in " ".join(line) for _, line in shared.with_command_lines())
    assert all(token not in file.read_text() for file in (shared.state / "log").iterdir())
    for path in (shared.state, shared.state / "log"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for name in ("token", "ports.json", "process-compose.json"):
        assert stat.S_IMODE((shared.state / name).stat().st_mode) == 0o600


def test_the_state_directory_is_made_private(lab: Lab) -> None:
    lab.state.mkdir(parents=True)
    lab.state.chmod(0o755)
    lab.check("status")
    assert stat.S_IMODE(lab.state.stat().st_mode) == 0o700


def test_a_token_with_a_newline_is_put_right(lab: Lab) -> None:
    lab.state.mkdir(parents=True)
    (lab.state / "token").write_text("0123456789abcdef0123456789abcdef\n")
    lab.check("start")
    assert get(lab.port(), "/api/status", "0123456789abcdef0123456789abcdef")[0] == 200


def test_without_the_starter_notebook(lab: Lab) -> None:
    (lab.root / "notebooks" / "start.ipynb").unlink()
    lab.check("start")
    assert lab.check("url") == f"http://{lab.host()}:{lab.port()}/lab?token={lab.token()}\n"


@pytest.mark.jupyterlab
def test_nothing_is_written_into_the_project_or_the_home(running: Lab) -> None:
    running.check("stop")
    files = {str(path.relative_to(running.root)) for path in running.root.rglob("*")}
    assert files == {"notebooks", "notebooks/start.ipynb", "server.py"}
    # (Whatever npm writes there is asked for by JupyterLab's language servers.)
    written = {path.name for path in running.home.rglob("*")}
    assert written.isdisjoint({".jupyter", ".ipython", ".local", ".config", "process-compose"})


def test_restart(shared: Lab) -> None:
    jupyter, server = shared.pid(), shared.pid("server")
    assert shared.check("restart", "server") == "server restarted.\n"
    assert shared.pid() == jupyter
    assert shared.pid("server") != server
    assert shared.check("restart") == "jupyter and server restarted.\n"
    assert shared.pid() != jupyter
    assert get(shared.port(), "/api/status", shared.token())[0] == 200


def test_jupyterlab_was_shut_down_in_the_browser(shared: Lab) -> None:
    request = {"method": "POST", "data": b""}
    get(shared.port(), "/api/shutdown", shared.token(), **request)
    wait_for(lambda: not shared.status()["services"]["jupyter"]["running"], "JupyterLab to end")
    assert "  jupyter  stopped   Next: lab start\n" in shared.check("status")
    assert shared("url").stderr.endswith(".\n  Next: lab start\n")
    shared.check("start")
    assert all(service["ready"] for service in shared.status()["services"].values())


def test_logs(running: Lab) -> None:
    assert running.log() == ["server.py listens"]
    everything = running.check("logs")
    assert "server  | server.py listens" in everything
    assert "jupyter | [I" in everything
    following = running.begin("logs", "-f", "server")
    assert following.stdout
    assert following.stdout.readline() == "server.py listens\n"
    running.check("restart", "server")
    assert following.stdout.readline() == "server.py listens\n"
    following.send_signal(2)
    following.communicate()
    quiet = running.begin("logs", "-f", "server")
    assert quiet.stdout
    quiet.stdout.readline()
    quiet.stdout.close()
    assert quiet.wait(10) == 141, "nobody reads on, and no line comes that would tell"
    assert following.returncode == 0
    running.check("stop")
    assert running.check("logs", "server").count("server.py listens") == 2


def test_extensions_find_a_directory_for_their_data(running: Lab) -> None:
    """The server of jupyter-collaboration fails without it, and then no notebook opens."""
    data = Path(running.environment()["JUPYTER_DATA_DIR"])
    assert data.stat().st_mode & 0o777 == 0o700


def test_stop_closes_every_port(running: Lab) -> None:
    ports = running.port(), running.port("server")
    running.check("stop")
    assert not any(listens("127.0.0.1", port) for port in ports)
