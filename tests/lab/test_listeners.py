"""Who listens: what Linux answers, and its table where it does not answer such questions."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from driver import LAB

LIST = """
import os, sys
sys.path.insert(0, sys.argv[1])
from lab.services import listeners
for one in listeners.all_listeners():
    print(one.address, one.port, one.uid, one.identity)
for port in sys.argv[2:]:
    print("own", listeners.own_listener(int(port), [[os.getppid()], [int(os.environ["TESTER"])]]))
"""
# A system without such questions: gVisor, a kernel that was built without them, a strict filter.
KINDS = ["EPROTONOSUPPORT", "EPERM"]


def asked(ports: list[int], before: list[str]) -> list[str]:
    command = [*before, sys.executable, "-I", "-B", "-c", LIST, str(LAB.parent), *map(str, ports)]
    env = os.environ | {"TESTER": str(os.getpid())}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="the system is asked on Linux alone")
@pytest.mark.parametrize("error", ["", *KINDS])
def test_each_listener_is_named_whoever_says_it(tmp_path: Path, error: str) -> None:
    if error and not shutil.which("strace"):
        pytest.skip("strace is not installed")
    said = tmp_path / "calls"
    refused = ["strace", "-qq", "-o", str(said), "-e", f"inject=socket:error={error}"]
    with ExitStack() as servers:
        wanted, ports = [], []
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            server = servers.enter_context(socket.socket(family))
            server.bind((address, 0))
            server.listen()
            inode = os.readlink(f"/proc/self/fd/{server.fileno()}")[8:-1]
            port = server.getsockname()[1]
            ports.append(port)
            wanted.append(f"{address} {port} {os.getuid()} {inode}")
            # A connection is no listener, whichever of the two ends it is.
            client = servers.enter_context(socket.create_connection((address, port)))
            assert client.getsockname()[1] not in ports
        found = asked(ports, refused if error else [])
        assert [line for line in found if line.split()[1] in map(str, ports)] == wanted
        # One on ::1 alone is not reached at 127.0.0.1, where services are.
        assert found[-2:] == [f"own {wanted[0].split()[3]}", "own None"]
        assert ("NETLINK" in said.read_text()) if error else not said.exists()
