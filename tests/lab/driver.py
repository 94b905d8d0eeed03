"""Drives one project's `lab`, as a user would, and looks at what became of it."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

LAB = Path(__file__).resolve().parents[2] / "templates" / "shared" / "nix" / "lab"
# What nix/lab.nix puts beside the package, to run it.
MAIN = """\
import sys
sys.path.insert(0, sys.argv.pop(1))
from lab.cli import main
sys.exit(main(sys.argv[1:]))
"""
ENVIRONMENT = Path(os.environ["LAB_TEST_ENVIRONMENT"])
SMALL_ENVIRONMENT = Path(os.environ["LAB_TEST_SMALL_ENVIRONMENT"])  # has a stand-in for JupyterLab
PROCESS_COMPOSE = os.environ["LAB_TEST_PROCESS_COMPOSE"]
VERSION = next((ENVIRONMENT / "lib").glob("python3.*")).name.removeprefix("python")
BASH = "/bin/bash"


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 180) -> Any:
    """Wait until a condition holds, and return what it said. Most of the time it does not ask."""
    deadline = time.monotonic() + seconds
    asked = time.monotonic()
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for: {what}"
        time.sleep(max(0.02, 2 * (time.monotonic() - asked)))
        asked = time.monotonic()
    return result


class Lab:
    """One project, entered."""

    def __init__(self, root: Path, state: Path, home: Path, prefix: Path) -> None:
        self.root = root
        self.state = state
        self.home = home
        self.prefix = prefix  # of the environment that Nix makes
        self.key = ""
        self.extra: dict[str, str] = {}
        self.before: list[str] = []  # what runs lab, such as in a namespace of its own
        self.facts: dict[str, Any] = {}

    @property
    def description(self) -> Path:
        """Where project.json is."""
        return self.home / f"{self.state.name[:20]}.json"

    def write_facts(self) -> None:
        """Write project.json, and what finds the key of .venv when its lock was updated."""
        self.description.write_text(json.dumps(self.facts))
        (self.home / "activate.sh").write_text("NIX_JUPYTER_VENV_KEY+=-updated\n")

    def environment(self) -> dict[str, str]:
        """The variables of nix/activate.sh."""
        jupyter = self.state / "jupyter"
        path = f"{self.prefix / 'bin'}:{os.environ['PATH']}"
        if self.key:
            path = f"{self.root / '.venv' / 'bin'}:{path}"
        kept = ("LANG", "TERM", "TZ")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "PATH": path,
            "HOME": str(self.home),
            "NIX_JUPYTER_ROOT": str(self.root),
            "NIX_JUPYTER_STATE": str(self.state),
            "NIX_JUPYTER_PROJECT": str(self.description),
            "NIX_JUPYTER_VENV_KEY": self.key,
            "NIX_JUPYTER_ACTIVATE": str(self.home / "activate.sh"),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "JUPYTER_CONFIG_DIR": str(jupyter / "config"),
            "JUPYTER_DATA_DIR": str(jupyter / "data"),
            "JUPYTER_RUNTIME_DIR": str(jupyter / "runtime"),
            "JUPYTER_CONFIG_PATH": f"{self.root / 'jupyter'}:{self.prefix / 'etc' / 'jupyter'}",
            "JUPYTER_PATH": f"{jupyter / 'path'}:{self.prefix / 'share' / 'jupyter'}",
            "JUPYTERLAB_DIR": str(self.prefix / "share" / "jupyter" / "lab"),
            "IPYTHONDIR": str(self.state / "ipython"),
            **self.extra,
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line that the `lab` on PATH runs."""
        python = str(self.prefix / "bin" / "python3")
        return [*self.before, python, "-I", "-c", MAIN, str(LAB.parent), *arguments]

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.home,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def check(self, *arguments: str) -> str:
        """Run a command that must succeed, and return what it printed."""
        done = self(*arguments)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.home,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def status(self) -> dict[str, Any]:
        """What `lab status --json` says, the services by name."""
        status = json.loads(self.check("status", "--json"))
        status["services"] = {service["name"]: service for service in status["services"]}
        return status

    def port(self, service: str = "jupyter") -> int:
        """The port of a service that runs."""
        return self.status()["services"][service]["port"]

    def pid(self, service: str = "jupyter") -> int:
        """The process of a service that runs."""
        return self.status()["services"][service]["pid"]

    def token(self) -> str:
        """JupyterLab's token."""
        return self.secret("token")

    def secret(self, name: str) -> str:
        """What a file of the state directory holds: token, key."""
        return (self.state / name).read_text()

    def sockets(self) -> Path:
        """The directory of the kernels' sockets and connection files."""
        return Path(self.secret("sockets"))

    def host(self) -> str:
        """The project's own host name."""
        return self.secret("host")

    def log(self, service: str = "server") -> list[str]:
        """What a service of ours has logged, when it has said that it listens."""
        file = self.state / "log" / f"{service}.log"
        wait_for(lambda: "server.py listens\n" in file.read_text(), "the service's words")
        return self.check("logs", service).splitlines()

    def processes(self) -> list[psutil.Process]:
        """Whatever lab has started for this project and that is still there."""
        mark = f"NIX_JUPYTER_SUPERVISED={self.state}"
        found = []
        for pid in psutil.pids():
            try:
                if mark in _environment(pid):
                    process = psutil.Process(pid)
                    if process.status() != psutil.STATUS_ZOMBIE:
                        found.append(process)
            except (psutil.Error, OSError):
                pass  # it has ended meanwhile
        return found

    def with_command_lines(self) -> list[tuple[psutil.Process, list[str]]]:
        """The same, each with its command line. One that ends meanwhile is not among them."""
        found = []
        for process in self.processes():
            try:
                found.append((process, process.cmdline()))
            except psutil.Error:
                pass
        return found

    def supervisor(self) -> psutil.Process:
        """The process-compose of this project."""
        program = self.facts["processCompose"]
        (found,) = (one for one, line in self.with_command_lines() if line[:1] == [program])
        return found

    def jupyters(self) -> list[psutil.Process]:
        """The JupyterLabs of this project."""
        main = str(LAB / "services" / "jupyter.py")
        return [process for process, line in self.with_command_lines() if main in line]

    def at_rest(self) -> None:
        """Assert that nothing runs and that no trace of running is left."""
        assert self.processes() == []
        assert not (self.state / "pc.sock").exists()
        ports = json.loads((self.state / "ports.json").read_text())
        for port in ports.values():
            assert not listens("127.0.0.1", port)


def _environment(pid: int) -> list[str]:
    if sys.platform == "linux":
        # A third of what psutil takes, and every test looks at all processes of the computer.
        return os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes()).split("\0")
    return [f"{name}={value}" for name, value in psutil.Process(pid).environ().items()]


def get(port: int, path: str, token: str = "", host: str = "", **request: Any) -> tuple[int, Any]:
    """Ask a server on this machine, under a host name or without: status, and its JSON or text."""
    headers = {"Authorization": f"token {token}"} if token else {}
    if host:
        headers["Host"] = host
    question = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers, **request)
    try:
        with urllib.request.urlopen(question, timeout=300) as answer:
            status, body = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read().decode()
    return status, json.loads(body) if re.match(r"\s*[\[{]", body) else body


def listens(host: str, port: int) -> bool:
    """Does anybody listen there?"""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as connection:
        return connection.connect_ex((host, port)) == 0


def service(command: str = "python server.py", **more: Any) -> dict[str, Any]:
    """A service as flake.nix describes it."""
    return {"command": command, "health": "/healthz", "environment": {}, **more}
