"""Each line of doctor's catalogue: made for real, found, and gone once its command was typed."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import packages
from conftest import service
from driver import LAB, Lab, get, wait_for
from test_add import ACTIVATE, PYPROJECT, entered, with_wheels
from test_doctor import problems, put_under_git, type_command

Make = Callable[..., Lab]

# Lines whose command a test cannot type here, and why.
NOT_TYPED = {
    "tool-missing": "it needs Nix, which the tests of lab do without",
    "driver-missing": "it says what the computer has, and installs no driver",
    "driver-old": "it says what the computer has, and installs no driver",
    "service-silent": "it shows why; the cure is in the user's program",
    "service-ended": "it shows why; the cure is in the user's program",
    "nix-missing": "it downloads from nixos.org",
    "package-missing-nix": "it needs Nix, which the tests of lab do without",
    "package-unsafe-nix": "it needs Nix, which the tests of lab do without",
    "extension-refused-nix": "it needs Nix, which the tests of lab do without",
    "disk-project": "it shows what there is to remove",
    "disk-store": "it frees what the computer's own store has",
}
NEEDS_ROOT = {"disk-project", "disk-store"}
# What else is wrong then.
BESIDE = {"port-lost": {"service-ended"}}
# Lines that another suite makes, and types the command of.
ELSEWHERE = {"project-unreadable": "tests/integration/minimal/flake-errors.test.ts"}


LINES: dict[str, dict[str, str]] = json.loads((LAB / "checks" / "doctor.json").read_text())


def catalogue() -> list[str]:
    """The faults that lab can find, as its own sources name them."""
    sources = "".join(file.read_text() for file in (LAB / "checks").glob("*.py"))
    return sorted(name for name in LINES if "fix" in LINES[name] and f'"{name}"' in sources)


OTHERS: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def _no_other_is_left() -> Iterator[None]:
    yield
    while OTHERS:
        other = OTHERS.pop()
        other.kill()
        other.communicate()


@pytest.mark.parametrize("name", catalogue())
def test_every_line(name: str, make: Make) -> None:
    if name in ELSEWHERE:
        assert "doctor" in (LAB.parents[3] / ELSEWHERE[name]).read_text()
        return
    if name in NEEDS_ROOT and os.getuid():
        pytest.skip("only root can make this fault")
    if name == "disk-store" and not Path("/nix/store").exists():
        pytest.skip("there is no /nix/store here")
    lab = MAKERS[name](make)
    found = problems(lab)
    assert {each["name"] for each in found} == {name, *BESIDE.get(name, ())}, found
    (fix,) = {each["fix"] for each in found if each["name"] == name}
    assert "{" not in fix
    if name not in NOT_TYPED:
        type_command(lab, f"{{ {fix}; }} && lab doctor")  # it ends with 1 at a problem
    for process in lab.processes():
        process.resume()  # a stopped one would not end when it is asked to


def test_no_other_line_is_excused() -> None:
    assert set(NOT_TYPED) | set(ELSEWHERE) <= set(catalogue())
    assert set(MAKERS) | set(ELSEWHERE) == set(catalogue())


def git(make: Make) -> Lab:
    """A project in a git repository."""
    return put_under_git(make())


def track(lab: Lab) -> None:
    """Let git know every file."""
    subprocess.run(["git", "add", "."], cwd=lab.root, check=True)


def tool_missing(make: Make) -> Lab:
    return make(uv="/nix/store/gone/bin/uv")


def venv_old(make: Make) -> Lab:
    lab = git(make)
    packages.wheel(lab.home / "wheels", "alpha")
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    (lab.root / "requirements.txt").write_text("alpha\n")
    track(lab)
    lab.key = "key"
    return lab


def filled_by_uv(make: Make, **versions: str) -> Lab:
    """A project with JupyterLab and what it stands on from PyPI: by name, a version."""
    lab = make(packages="pyproject.toml", venv="uv")
    (lab.root / "flake.nix").write_text("{ }\n")
    (lab.root / "pyproject.toml").write_text(PYPROJECT)
    with_wheels(lab)
    for name, version in {"jupyterlab": "4.6.3", "jupyter_server": "2.21.0", **versions}.items():
        packages.wheel(lab.home / "wheels", name, version)
    lab.check("add", "jupyterlab", "jupyter-server", "alpha")
    return entered(lab)


def package_missing(make: Make) -> Lab:
    lab = filled_by_uv(make)
    lab.check("remove", "jupyter-server")
    return without_jupyter_server(lab)


def package_missing_venv(make: Make) -> Lab:
    lab = filled_by_uv(make)
    for place in (lab.root / ".venv").glob("lib/*/site-packages/jupyter_server*"):
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    return without_jupyter_server(lab)


def package_missing_nix(make: Make) -> Lab:
    return without_jupyter_server(make())


def without_jupyter_server(lab: Lab) -> Lab:
    """The same on top of an environment that has no jupyter_server."""
    library = Path("lib", f"python{lab.facts['pythonVersion']}", "site-packages")
    (lab.home / "env" / library).mkdir(parents=True)
    for file in (lab.prefix / library).iterdir():
        if not file.name.startswith("jupyter_server"):
            (lab.home / "env" / library / file.name).symlink_to(file)
    lab.facts["env"] = str(lab.home / "env")
    lab.write_facts()
    (lab.home / "activate.sh").write_text(ACTIVATE)
    return entered(lab)


def package_unsafe_nix(make: Make) -> Lab:
    lab = package_missing_nix(make)
    library = next((lab.home / "env").glob("lib/*/site-packages"))
    metadata = library / "jupyter_server-2.20.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: jupyter_server\nVersion: 2.20.1\n")
    return lab


def package_unsafe(make: Make) -> Lab:
    lab = filled_by_uv(make, jupyter_server="2.20.1")
    packages.wheel(lab.home / "wheels", "jupyter_server", "2.21.0")
    return lab


def packages_unrecorded(make: Make) -> Lab:
    lab = filled_by_uv(make)
    uv = [lab.facts["uv"], "pip", "install", "--quiet", "beta", "--no-deps"]
    uv += ["--python", str(lab.root / ".venv" / "bin" / "python3")]
    subprocess.run(uv, cwd=lab.root, env=lab.environment(), check=True)
    return lab


def extension_refused(make: Make) -> Lab:
    lab = filled_by_uv(make)
    return with_extension(lab, lab.root / ".venv" / "share" / "jupyter")


def extension_refused_nix(make: Make) -> Lab:
    lab = make()
    lab.extra["JUPYTER_PATH"] = str(lab.home / "jupyter")
    return with_extension(lab, lab.home / "jupyter")


def with_extension(lab: Lab, place: Path) -> Lab:
    """The same with an extension of JupyterLab whose script is not there."""
    folder = place / "labextensions" / "some-widgets"
    folder.mkdir(parents=True)
    build = {"load": "static/gone.js", "extension": "./extension"}
    (folder / "package.json").write_text(json.dumps({"jupyterlab": {"_build": build}}))
    return lab


def driver_missing(make: Make) -> Lab:
    return make(compute="cuda")


def driver_old(make: Make) -> Lab:
    lab = make(compute="cuda")
    driver = lab.state / "driver"
    driver.mkdir(parents=True)
    lab.state.chmod(0o700)
    (driver / "libcuda.so.535.183.01").touch()
    (driver / "libcuda.so.1").symlink_to("libcuda.so.535.183.01")
    return lab


def started(make: Make) -> Lab:
    lab = make()
    lab.check("start")
    return lab


def service_new(make: Make) -> Lab:
    lab = started(make)
    lab.facts["services"]["more"] = service()
    lab.write_facts()
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
    get(port, "/api/shutdown", lab.token(), method="POST", data=b"")
    wait_for(lambda: not lab.status()["services"]["jupyter"]["running"], "JupyterLab to end")
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


def nix_missing(make: Make) -> Lab:
    lab = make()
    (lab.root / "nix").mkdir()
    (lab.root / "nix" / "enter.sh").touch()
    lab.extra["PATH"] = str(lab.prefix / "bin")
    return lab


def git_untracked(make: Make) -> Lab:
    lab = git(make)
    (lab.root / "my packages.nix").touch()
    return lab


def lock_untracked(make: Make) -> Lab:
    lab = git(make)
    (lab.root / "uv.lock").write_text("version = 1\n")
    return lab


def local_nix_shared(make: Make) -> Lab:
    lab = git(make)
    (lab.root / "local.nix").write_text("{ cudaSupport = true; }\n")
    (lab.root / ".gitignore").write_text("")
    return lab


def state_locked(make: Make) -> Lab:
    lab = make()
    lab.check("status")
    lab.state.chmod(0o500)
    # Root without its power over files is as any user.
    if not os.getuid():
        lab.before = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    return lab


def token_exposed(make: Make) -> Lab:
    lab = make()
    lab.state.mkdir(parents=True, mode=0o700)
    (lab.state / "token").write_text("0" * 48)
    (lab.state / "token").chmod(0o644)
    return lab


def browser_missing(make: Make) -> Lab:
    lab = make()
    lab.extra["BROWSER"] = "/nowhere/browser --new-window"
    return lab


def dotenv_exposed(make: Make) -> Lab:
    lab = make()
    (lab.root / ".env").write_text("SECRET=1\n")
    (lab.root / ".env").chmod(0o644)
    return lab


def disk_project(make: Make) -> Lab:
    lab = make()
    return with_small_disk(lab, lab.root)


def disk_store(make: Make) -> Lab:
    return with_small_disk(make(), Path("/nix/store"))


def with_small_disk(lab: Lab, folder: Path) -> Lab:
    """The same with a disk of 64 MiB at a folder, for lab alone."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    lab.before = ["unshare", "--mount", "sh", "-c", f'{shlex.join(mount)} && exec "$@"', "sh"]
    return lab


# By the name of a line, what makes its fault.
MAKERS: dict[str, Callable[[Make], Lab]] = {
    name.replace("_", "-"): make
    for name, make in list(globals().items())
    if name.replace("_", "-") in catalogue()
}
