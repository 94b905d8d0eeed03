"""The addresses behind a lock, and the virtual environment that an image gets."""

import hashlib
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from driver import VERSION, Lab
from venvs import build

PYTHON = f"cp{VERSION.replace('.', '')}"


class Quiet(SimpleHTTPRequestHandler):
    """Lists a directory, and says nothing of it."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def index(pip: Lab) -> Iterator[str]:
    """The packages of a project at an address, for uv."""
    handler = partial(Quiet, directory=str(pip.home / "wheels"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        (pip.root / "uv.toml").write_text(f'no-index = true\nfind-links = ["{address}"]\n')
        yield address
        server.shutdown()


def test_the_lock_says_where_the_wheels_for_linux_are(pip: Lab, index: str) -> None:
    wheels = pip.home / "wheels"
    pure = wheels / "alpha-2.0-py3-none-any.whl"
    names = {
        f"alpha-2.0-{PYTHON}-{PYTHON}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": True,
        f"alpha-2.0-{PYTHON}-{PYTHON}-manylinux_2_28_aarch64.whl": True,
        "alpha-2.0-cp38-abi3-linux_x86_64.whl": True,
        f"alpha-2.0-{PYTHON}-{PYTHON}-musllinux_1_2_x86_64.whl": False,
        f"alpha-2.0-{PYTHON}-{PYTHON}-macosx_11_0_arm64.whl": False,
        "alpha-2.0-cp38-cp38-manylinux_2_17_x86_64.whl": False,
        f"alpha-2.0-{PYTHON}-{PYTHON}t-manylinux_2_17_x86_64.whl": False,
    }
    for name in names:
        shutil.copy(pure, wheels / name)
    (pip.root / "requirements.in").write_text("alpha\n")
    (pip.root / "requirements.txt").write_text("")
    pip.check("lock")
    lock = (pip.root / "requirements.txt").read_text()
    sha256 = hashlib.sha256(pure.read_bytes()).hexdigest()
    found = re.findall(r"^# wheel (.*)/(.*)#sha256=(.*)$", lock, re.MULTILINE)
    wanted = {pure.name, *(name for name, fits in names.items() if fits)}
    assert set(found) == {(index.rstrip("/"), name, sha256) for name in wanted}
    pip.check("lock")
    assert (pip.root / "requirements.txt").read_text() == lock


def test_an_image_gets_what_the_lock_says_the_same_byte_for_byte(pip: Lab, index: str) -> None:
    (pip.root / "requirements.in").write_text("beta\nalpha<2\n")
    (pip.root / "requirements.txt").write_text("")
    pip.check("lock")
    venv = pip.home / "venv"
    for other in ("first", "second"):
        done = build(pip, venv)
        assert done.returncode == 0, done.stderr
        code = "import alpha, beta; print(alpha.version)"
        python = [str(venv / "bin" / "python3"), "-B", "-c", code]
        assert subprocess.check_output(python, text=True) == "1.0\n"
        venv.rename(pip.home / other)
    diff = ["diff", "-r", str(pip.home / "first"), str(pip.home / "second")]
    assert subprocess.run(diff, capture_output=True, text=True, check=False).stdout == ""


@pytest.mark.parametrize(
    ("asked", "locked", "what", "fix"),
    [
        ("gamma\n", "", "requirements.in asks for gamma, which is not locked.", "lab lock"),
        ("", f"beta==1.0 --hash=sha256:{'0' * 64}\n", "no wheel of a package", "lab lock"),
        (None, "alpha==1.0\n", "requirements.txt has no hashes", "mv requirements.txt"),
    ],
)
def test_an_image_is_refused(pip: Lab, asked: str | None, locked: str, what: str, fix: str) -> None:
    if asked is not None:
        (pip.root / "requirements.in").write_text(asked)
    (pip.root / "requirements.txt").write_text(locked)
    done = build(pip, pip.home / "venv")
    assert done.returncode == 1
    assert what in done.stderr
    assert f"\n  Next: {fix}" in done.stderr.replace("./lab", "lab")
    assert "Traceback" not in done.stderr
