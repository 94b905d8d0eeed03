"""What runs: services, their ports and their secrets."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

from driver import Lab, get, service, wait_for

Make = Callable[..., Lab]


# What else was begun, for a fault.
OTHERS: list[subprocess.Popen[bytes]] = []


def started(make: Make) -> Lab:
    lab = make()
    lab.check("start")
    return lab


def service_new(make: Make) -> Lab:
    lab = started(make)
    lab.facts["services"]["more"] = service()
    lab.write_facts()
    return lab


def services_old(make: Make) -> Lab:
    lab = started(make)
    lab.facts["services"]["server"]["command"] = "python -u server.py"
    lab.write_facts()
    return lab


def secret_missing(make: Make) -> Lab:
    lab = started(make)
    (lab.state / "token").unlink()
    return lab


def ports_missing(make: Make) -> Lab:
    lab = started(make)
    (lab.state / "ports.json").unlink()
    return lab


def service_silent(make: Make) -> Lab:
    lab = started(make)
    os.kill(lab.pid("server"), signal.SIGSTOP)
    return lab


def service_ended(make: Make) -> Lab:
    lab = make(services={"server": service("exit 3")})
    lab("start")
    wait_for(lambda: "failed" in lab.check("status"), "the last try")
    return lab


def service_stopped(make: Make) -> Lab:
    return shut_down(started(make))


def shut_down(lab: Lab) -> Lab:
    """JupyterLab, as its menu does it."""
    get(lab.port(), "/api/shutdown", lab.token(), method="POST", data=b"")
    wait_for(lambda: not lab.status()["services"]["jupyter"]["running"], "JupyterLab to end")
    return lab


def supervisor_busy(make: Make) -> Lab:
    lab = started(make)
    lab.supervisor().suspend()
    return lab


def process_left(make: Make) -> Lab:
    lab = started(make)
    lab.supervisor().kill()
    wait_for(lambda: not lab.status()["running"], "status to notice")
    return lab


def socket_left(make: Make) -> Lab:
    lab = started(make)
    for process in lab.processes():
        process.kill()
    wait_for(lambda: not lab.processes(), "all to be gone")
    return lab


def port_for_others(make: Make) -> Lab:
    return opened_late(make, "HOST=0.0.0.0 python late.py & ")


def port_open_service(make: Make) -> Lab:
    return opened_late(make, "python late.py & ")


def port_open(make: Make) -> Lab:
    # It belongs to no service any more: the shell that started it has ended.
    return opened_late(make, "(python late.py &); ")


def opened_late(make: Make, command: str) -> Lab:
    """A service that opens one more port when it is asked to, after `lab start` has looked."""
    lab = make(services={"server": service(f"{command}exec python server.py")})
    (lab.root / "late.py").write_text(LATE)
    lab.check("start")
    wait_for((lab.root / "late").exists, "the program to begin")
    os.kill(int((lab.root / "late").read_text()), signal.SIGUSR1)
    wait_for((lab.root / "opened").exists, "the port to be open")
    return lab


LATE = """\
import os, signal, subprocess, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
with open("late.new", "w") as file:
    file.write(str(os.getpid()))
os.rename("late.new", "late")
signal.sigwait([signal.SIGUSR1])
server = HTTPServer((os.environ["HOST"], 0), SimpleHTTPRequestHandler)
open("opened", "w").close()
server.serve_forever()
"""


def port_lost(make: Make) -> Lab:
    lab = started(make)
    port = lab.port()
    shut_down(lab)
    code = f"import socket, signal; s = socket.create_server(('127.0.0.1', {port})); print()"
    begin([sys.executable, "-uc", f"{code}; signal.pause()"])
    return lab


def begin(command: list[str]) -> None:
    """Begin a program that is nothing of the project's, and wait for its first line."""
    OTHERS.append(subprocess.Popen(command, stdout=subprocess.PIPE))
    stdout = OTHERS[-1].stdout
    assert stdout and stdout.readline()


def file_exposed(make: Make) -> Lab:
    lab = started(make)
    (lab.state / "ports.json").chmod(0o644)
    return lab


def secret_in_command(make: Make) -> Lab:
    lab = started(make)
    begin([sys.executable, "-uc", "import signal; print(); signal.pause()", lab.token()])
    return lab


def secret_in_environment(make: Make) -> Lab:
    lab = started(make)
    lab.check("stop")
    lab.extra["MINE"] = lab.token()
    lab.check("start")
    return lab
