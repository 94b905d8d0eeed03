"""Security is set and not hoped for: settings of the whole computer, and servers that are open."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import service
from driver import Lab, get

PLACES = ("/etc/jupyter", "/usr/local/etc/jupyter")
OPEN = {
    "ServerApp": {
        "token": "",
        "password": "",
        "ip": "0.0.0.0",
        "allow_origin": "*",
        "allow_credentials": True,
        "disable_check_xsrf": True,
        "allow_remote_access": True,
        "allow_unauthenticated_access": True,
        "authenticate_prometheus": False,
        "local_hostnames": ["evil.example"],
        "base_url": "/elsewhere",
        "cookie_secret": "known to all",
        "tornado_settings": {"headers": {"Referrer-Policy": "unsafe-url"}},
    },
    "IdentityProvider": {"token": "", "cookie_options": {"samesite": "None"}},
    "PasswordIdentityProvider": {"token": "", "hashed_password": ""},
    "KernelManager": {"transport": "tcp"},
    "ServerKernelManager": {"transport": "tcp"},
}
LEGACY = """
c = get_config()
c.ServerApp.login_handler_class = "jupyter_server.auth.login.LegacyLoginHandler"
c.ServerApp.allow_origin_pat = ".*"
c.ServerApp.jpserver_extensions = {"jupyter_server_mcp": True}
"""


class Computer:
    """Gives a project other files in /etc, by a mount namespace of its own."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab = lab
        self._folder = folder
        self.files: dict[str, str] = {}

    def start(self) -> subprocess.CompletedProcess[str]:
        """Run `lab start` where these files are the computer's."""
        for name, text in self.files.items():
            (self._folder / name).write_text(text)
        mounts = "".join(
            f'mkdir -p {place} && mount --bind "{self._folder}" {place} && ' for place in PLACES
        )
        command = ["unshare", "--mount", "sh", "-c", f'{mounts} exec "$@"', "sh"]
        return subprocess.run(
            [*command, *self._lab.command("start")],
            env=self._lab.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def computer(lab: Lab) -> Iterator[Computer]:
    """A computer whose administrator can say anything about Jupyter."""
    if os.getuid() != 0 or sys.platform != "linux":
        pytest.skip("only root on Linux can give a program another /etc")
    folder = lab.home / "etc"
    folder.mkdir()
    yield Computer(lab, folder)
    lab.check("stop")


@pytest.mark.parametrize(
    "files",
    [
        {"jupyter_server_config.json": json.dumps(OPEN)},
        {"jupyter_config.json": json.dumps(OPEN)},
        {"jupyter_lab_config.json": json.dumps(OPEN)},
        {"jupyter_server_config.py": LEGACY, "jupyter_server_config.json": json.dumps(OPEN)},
    ],
    ids=["server", "all", "lab", "legacy"],
)
def test_settings_of_the_whole_computer_open_nothing(
    lab: Lab, computer: Computer, files: dict[str, str]
) -> None:
    """Row H2."""
    computer.files = files
    done = computer.start()
    assert done.returncode == 0, done.stderr
    port, token = lab.port(), lab.token()
    assert get(port, "/api/status")[0] == 403
    assert get(port, "/api/status", "known to all")[0] == 403
    assert get(port, "/api/status", token)[0] == 200
    assert get(port, "/api/status", token, host="evil.example")[0] == 403
    assert get(port, "/metrics")[0] == 403
    lab.check("audit")
    headers = _login(port, token)
    assert headers["referrer-policy"] == "no-referrer"
    assert "SameSite=Strict" in headers["set-cookie"]
    assert "access-control-allow-credentials" not in headers
    forged = {"data": b"{}", "method": "POST"}
    cookie = headers["set-cookie"].partition(";")[0]
    assert _post_kernel(port, cookie) == 403, "XSRF is checked"
    status, kernel = get(port, "/api/kernels", token, **forged)
    assert status == 201, kernel
    assert list(lab.sockets().glob("kernel-*.json"))


def _login(port: int, token: str) -> dict[str, str]:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", f"/lab?token={token}")
    headers = connection.getresponse().getheaders()
    login = [value for name, value in headers if value.startswith("username-")]
    return {name.lower(): value for name, value in headers} | {"set-cookie": login[0]}


def _post_kernel(port: int, cookie: str) -> int:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/api/kernels", "{}", {"Cookie": cookie})
    return connection.getresponse().status


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
host = os.environ["HOST"]
ThreadingHTTPServer((host, int(os.environ["PORT"])), Handler).serve_forever()
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
    lab.check("start")
    assert "open on purpose" in lab.check("audit")


def _port(lab: Lab, name: str) -> int:
    return json.loads((lab.state / "ports.json").read_text())[name]


def test_a_service_for_other_computers_is_an_error(make: Callable[..., Lab]) -> None:
    lab = make(services={"server": service("HOST=0.0.0.0 python server.py", open=True)})
    done = lab("start")
    assert done.returncode == 1
    assert "0.0.0.0" in done.stderr
    lab.at_rest()


def test_a_second_port_of_a_service_is_found(make: Callable[..., Lab]) -> None:
    extra = "PORT=$((PORT + 5000)) python open.py & exec python server.py"
    lab = make(services={"server": service(extra)})
    (lab.root / "open.py").write_text(OPEN_SERVER)
    done = lab("start")
    assert done.returncode == 1
    assert f"server on port {_port(lab, 'server') + 5000} answers everybody" in done.stderr
    lab.at_rest()


MCP = """
import socket

def _jupyter_server_extension_points():
    return [{"module": "jupyter_server_mcp"}]

def _load_jupyter_server_extension(app):
    listener = socket.create_server(("127.0.0.1", 0))
    app.log.warning("jupyter_server_mcp was loaded")
    globals()["kept"] = listener
"""


def test_jupyter_server_mcp_is_switched_off(lab: Lab) -> None:
    """Row C7: it comes with jupyter-ai, and runs commands for whoever asks."""
    module = lab.home / "packages" / "jupyter_server_mcp.py"
    module.parent.mkdir()
    module.write_text(MCP)
    switch = lab.root / "jupyter" / "jupyter_server_config.d" / "jupyter_server_mcp.json"
    switch.parent.mkdir(parents=True)
    enabled: dict[str, Any] = {"ServerApp": {"jpserver_extensions": {"jupyter_server_mcp": True}}}
    switch.write_text(json.dumps(enabled))
    lab.extra = {"PYTHONPATH": str(module.parent)}
    lab.check("start")
    assert "jupyter_server_mcp was loaded" not in lab.check("logs", "jupyter")
    found = json.loads(lab.check("audit", "--json"))
    assert {port["service"] for port in found["ports"]} == {"jupyter", "server"}


def test_audit_says_what_is_there(running: Lab) -> None:
    found = json.loads(running.check("audit", "--json"))
    assert found["host"] == running.host()
    assert found["findings"] == []
    ports = {port["service"]: port for port in found["ports"]}
    assert ports["jupyter"]["answer"] == ports["server"]["answer"] == "closed"
    assert ports["jupyter"]["port"] == running.port()
    assert "Nobody else on this computer is answered." in running.check("doctor")


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
        assert f"Other users have rights on {running.state / 'key'}." in done.stdout
        assert f"The command line of process {holder.pid} holds a secret" in done.stdout
        assert running.token() not in done.stdout
    finally:
        holder.kill()
        holder.wait()
