"""What kernels print and run is for JupyterLab alone (row H3)."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from driver import ENVIRONMENT, Lab, get, wait_for
from strangers import NOBODY, needs_root
from test_kernels import EXECUTE, start_kernel

# Listens to all that a kernel prints, as another user: on its sockets, and on each TCP port.
LISTEN = """
import os, sys, zmq
os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
socket = zmq.Context().socket(zmq.SUB)
socket.setsockopt(zmq.SUBSCRIBE, b"")
for address in sys.argv[2:]:
    socket.connect(address)
print("listening", flush=True)
heard = b""
while b"a secret of mine" not in heard:
    heard = b"".join(socket.recv_multipart())
    print("heard something", flush=True)
"""
SAY = "print('a secret of mine', flush=True)"


@pytest.fixture
def kernels(shared: Lab) -> Iterator[Lab]:
    """A project that runs, whose kernels end with the test."""
    yield shared
    port, token = shared.port(), shared.token()
    for kernel in get(port, "/api/kernels", token)[1]:
        assert get(port, f"/api/kernels/{kernel['id']}", token, method="DELETE")[0] == 204
    sockets = shared.sockets()
    wait_for(lambda: not list(sockets.glob("kernel-*.json")), "the kernels to end")


def _listen(user: int, addresses: list[str]) -> subprocess.Popen[str]:
    python = str(ENVIRONMENT / "bin" / "python3")
    command = [python, "-I", "-c", LISTEN, str(user), *addresses]
    listener = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert listener.stdout
    assert listener.stdout.readline() == "listening\n"
    return listener


def _addresses(lab: Lab, kernel: psutil.Process) -> list[str]:
    """Every way in: the sockets of this kernel, and whatever TCP port it has."""
    identity = Path(kernel.cmdline()[-1]).stem
    files = [f"ipc://{path}" for path in lab.sockets().glob(f"{identity}-ipc-*")]
    ports = [one.laddr.port for one in kernel.net_connections("inet") if one.status == "LISTEN"]
    return [*files, *(f"tcp://127.0.0.1:{port}" for port in ports)]


def test_kernels_listen_in_a_directory_of_ours(kernels: Lab) -> None:
    kernel = start_kernel(kernels)
    addresses = _addresses(kernels, kernel)
    assert len([address for address in addresses if address.startswith("ipc://")]) == 5
    sockets = kernels.sockets()
    assert sockets.stat().st_mode & 0o077 == 0
    assert sockets.stat().st_uid == os.getuid()
    # The one port that ipykernel has besides says nothing, and takes nothing without its number.
    found = json.loads(kernels.check("audit", "--json"))["ports"]
    known = (kernels.port(), kernels.port("server"))
    others = [port["detail"] for port in found if port["port"] not in known]
    assert set(others) <= {"NULL PULL"}


@needs_root
def test_another_user_hears_nothing_of_a_kernel(kernels: Lab) -> None:
    """Row H3: the socket for output asks for no key, so nobody else may reach it."""
    kernel = start_kernel(kernels)
    addresses = _addresses(kernels, kernel)
    own = _listen(os.getuid(), addresses)
    stranger = _listen(NOBODY, addresses)
    _run(kernels, kernel, SAY)
    assert "heard something" in own.communicate(timeout=300)[0], "the listening works"
    with pytest.raises(subprocess.TimeoutExpired):
        stranger.wait(1)
    stranger.kill()
    assert stranger.communicate()[0] == ""


def _run(lab: Lab, kernel: psutil.Process, code: str) -> None:
    connection = kernel.cmdline()[-1]
    command = [str(ENVIRONMENT / "bin" / "python3"), "-c", EXECUTE, connection, code]
    subprocess.run(command, env=lab.environment(), check=True)


def test_a_planted_directory_for_sockets_is_not_believed(lab: Lab) -> None:
    elsewhere = lab.home / "nix-jupyter-planted"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    lab.state.mkdir(parents=True)
    (lab.state / "sockets").write_text(str(elsewhere))
    lab.check("start")
    assert lab.sockets() != elsewhere
    lab.check("stop")
    assert elsewhere.exists()


def test_several_kernels_at_once(kernels: Lab) -> None:
    ids = [
        get(kernels.port(), "/api/kernels", kernels.token(), data=b"{}", method="POST")[1]["id"]
        for _ in range(3)
    ]
    for identity in ids:
        path = f"/api/kernels/{identity}"
        wait_for(
            lambda path=path: (
                get(kernels.port(), path, kernels.token())[1]["execution_state"]
                in ("idle", "starting")
            ),
            "the kernel",
        )
    assert len(list(kernels.sockets().glob("kernel-*.json"))) == 3
