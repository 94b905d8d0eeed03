"""Kernels end with JupyterLab, whatever they are doing."""

import json
import subprocess

import psutil
import pytest

from driver import ENVIRONMENT, Lab, get, wait_for

EXECUTE = """
import sys
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels(hb=False)  # it calls a kernel dead that is late by a second
client.wait_for_ready(timeout=300)
client.execute(sys.argv[2])
"""


def start_kernel(lab: Lab, code: str = "") -> psutil.Process:
    """Start a kernel as the browser does, and give it something to do."""
    body = json.dumps({"name": "python3"}).encode()
    request = {"data": body, "method": "POST"}
    status, answer = get(lab.port(), "/api/kernels", lab.token(), **request)
    assert status == 201, answer
    connection = lab.sockets() / f"kernel-{answer['id']}.json"
    begun = lab.state / "begun"
    begun.unlink(missing_ok=True)
    code = f"open({str(begun)!r}, 'w').close()\n{code}"
    command = [str(ENVIRONMENT / "bin" / "python3"), "-c", EXECUTE, str(connection), code]
    subprocess.run(command, env=lab.environment(), check=True)
    wait_for(begun.exists, "the kernel to begin")
    (kernel,) = (one for one, line in lab.with_command_lines() if str(connection) in line)
    return kernel


def _stop(lab: Lab) -> None:
    sockets = lab.sockets()
    lab.check("stop")
    lab.at_rest()
    assert not sockets.exists()


@pytest.mark.jupyterlab
def test_an_idle_kernel(running: Lab) -> None:
    start_kernel(running)
    _stop(running)


@pytest.mark.jupyterlab
def test_a_busy_kernel(running: Lab) -> None:
    start_kernel(running, "while True: pass")
    _stop(running)


@pytest.mark.jupyterlab
def test_a_kernel_in_a_long_c_call(running: Lab) -> None:
    """It holds the interpreter, so no signal handler of Python's gets a turn."""
    start_kernel(running, "import ctypes; ctypes.PyDLL(None).sleep(600)")
    _stop(running)


@pytest.mark.jupyterlab
def test_a_kernel_whose_server_and_supervisor_were_killed(running: Lab) -> None:
    kernel = start_kernel(running, "import ctypes; ctypes.PyDLL(None).sleep(600)")
    running.supervisor().kill()
    for process in running.processes():
        if process != kernel:
            process.kill()
    assert kernel.is_running()
    running.check("stop")
    running.at_rest()


@pytest.mark.jupyterlab
def test_what_a_notebook_left_in_the_background(running: Lab) -> None:
    code = "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)"
    start_kernel(running, code)
    wait_for(lambda: [p for p in running.processes() if p.name() == "sleep"], "the program")
    _stop(running)


def test_a_kernel_survives_nothing_but_its_own_project(running: Lab) -> None:
    """The user's own shell has NIX_JUPYTER_STATE in its environment, and is left alone."""
    shell = subprocess.Popen(["sleep", "600"], env=running.environment())
    running.check("stop")
    assert shell.poll() is None
    shell.kill()
    shell.wait()
