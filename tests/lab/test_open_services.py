"""Servers of a project that answer everybody are found, by `lab start` and by `lab audit`."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from driver import Lab, service

OPEN_SERVER = """\
import os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        target = sys.argv[1] if self.path == "/" and len(sys.argv) > 1 else None
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.end_headers()
    def log_message(self, *words):
        pass
server = ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler)
with open("open-port", "w") as file:
    print(server.server_port, file=file)
server.serve_forever()
"""


@pytest.mark.parametrize("target", ["", "/app", "http://127.0.0.1:$PORT/app"])
def test_an_open_service_is_an_error(make: Callable[..., Lab], target: str) -> None:
    """Row H4, and what `open = true` is for."""
    lab = make(
        services={"mlflow": service(f'python open.py "{target}"' if target else "python open.py")}
    )
    (lab.root / "open.py").write_text(OPEN_SERVER)
    done = lab("start")
    assert done.returncode == 1
    assert (
        f"mlflow on port {_port(lab, 'mlflow')} answers everybody on this computer" in done.stderr
    )
    assert "$NIX_JUPYTER_STATE/key" in done.stderr
    assert "services.mlflow.open = true;" in done.stderr
    lab.at_rest()

    lab.facts["services"]["mlflow"]["open"] = True
    lab.write_facts()
    started = lab.check("start")
    assert "open on purpose" in lab.check("audit")
    # It would write the key into its log, which may be that of another user, as Ollama's.
    menu = lab.state / "jupyter" / "config" / "labconfig" / "default_setting_overrides.json"
    given = [started, lab.check("url", "mlflow"), menu.read_text()]
    assert [f":{_port(lab, 'mlflow')}/?key=" in text for text in given] == [False] * 3
    assert all(f":{_port(lab, 'mlflow')}/" in text for text in given)


def _port(lab: Lab, name: str) -> int:
    return json.loads((lab.state / "ports.json").read_text())[name]


def test_a_service_for_other_computers_is_an_error(make: Callable[..., Lab]) -> None:
    lab = make(services={"server": service("HOST=0.0.0.0 python server.py", open=True)})
    done = lab("start")
    assert done.returncode == 1
    assert "0.0.0.0" in done.stderr
    lab.at_rest()


def test_a_second_port_of_a_service_is_found(make: Callable[..., Lab]) -> None:
    extra = "PORT=0 python open.py & while [ ! -s open-port ]; do sleep 0.05; done"
    extra += "; exec python server.py"
    lab = make(services={"server": service(extra)})
    (lab.root / "open.py").write_text(OPEN_SERVER)
    done = lab("start")
    assert done.returncode == 1
    port = (lab.root / "open-port").read_text().strip()
    assert f"server on port {port} answers everybody" in done.stderr
    lab.at_rest()

    lab.facts["services"]["server"]["open"] = True
    lab.write_facts()
    lab.check("start")
    assert "open on purpose" in lab.check("audit")


def test_audit_says_what_is_there(shared: Lab) -> None:
    found = json.loads(shared.check("audit", "--json"))
    assert found["host"] == shared.host()
    assert found["findings"] == []
    ports = {port["service"]: port for port in found["ports"]}
    assert ports["jupyter"]["answer"] == ports["server"]["answer"] == "closed"
    assert ports["jupyter"]["port"] == shared.port()
    assert "No other user of this computer gets an answer." in shared.check("doctor")


def test_audit_finds_a_readable_secret_and_one_on_a_command_line(running: Lab) -> None:
    (running.state / "key").chmod(0o644)
    shown = subprocess.Popen(["sleep", "600", running.token()], stderr=subprocess.DEVNULL)
    shown.wait()
    holder = subprocess.Popen(
        [sys.executable, "-c", "input()", running.token()], stdin=subprocess.PIPE
    )
    try:
        done = running("audit")
        assert done.returncode == 1
        assert f"Other users can access {running.state / 'key'}." in done.stdout
        assert f"The command line of process {holder.pid} holds a secret" in done.stdout
        assert running.token() not in done.stdout
    finally:
        holder.kill()
        holder.wait()
