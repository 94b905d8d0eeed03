"""Security is set and not hoped for: no settings of the whole computer open anything."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from driver import Lab, get

pytestmark = pytest.mark.jupyterlab

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

    def __init__(self, lab: Lab, directory: Path) -> None:
        self._lab = lab
        self._directory = directory
        self.files: dict[str, str] = {}

    def start(self) -> subprocess.CompletedProcess[str]:
        """Run `lab start` where these files are the computer's."""
        for name, text in self.files.items():
            (self._directory / name).write_text(text)
        mounts = "".join(
            f'mkdir -p {place} && mount --bind "{self._directory}" {place} && ' for place in PLACES
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
    directory = lab.home / "etc"
    directory.mkdir()
    yield Computer(lab, directory)
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
    assert headers["referrer-policy"] == "same-origin"
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

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("GET", f"/lab?token={token}")
    headers = connection.getresponse().getheaders()
    login = [value for name, value in headers if value.startswith("username-")]
    return {name.lower(): value for name, value in headers} | {"set-cookie": login[0]}


def _post_kernel(port: int, cookie: str) -> int:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("POST", "/api/kernels", "{}", {"Cookie": cookie})
    return connection.getresponse().status


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
