"""Each project has a host name of its own, so that its cookies go to nobody else (H5)."""

import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from driver import Lab, get, service

NAMES = ("chromium", "google-chrome", "chromium-headless-shell")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


@pytest.mark.parametrize(
    ("directory", "readable"),
    [
        ("my-lab", "my-lab"),
        ("Übung 1", "bung-1"),
        ("日本語", "lab"),
        ("a" * 100, "a" * 40),
    ],
)
def test_the_name_is_a_valid_one(make: Callable[..., Lab], directory: str, readable: str) -> None:
    lab = make(directory)
    lab.check("start")
    assert re.fullmatch(re.escape(readable) + r"-[a-z2-7]{16}\.localhost", lab.host())
    assert len(lab.host().split(".")[0]) <= 63


def test_it_stays_and_is_no_other_projects(make: Callable[..., Lab]) -> None:
    one, other = make("one"), make("a/one")
    one.check("start", "--no-open")
    before = one.host()
    one.check("stop")
    one.check("start")
    assert one.host() == before
    other.check("start")
    assert other.host() != before


def test_jupyterlab_answers_to_it_and_to_no_other_name(shared: Lab) -> None:
    def status(host: str) -> int:
        return get(shared.port(), "/api/status", shared.token(), host=host)[0]

    assert status(f"{shared.host()}:{shared.port()}") == 200
    assert status(f"127.0.0.1:{shared.port()}") == 200, "programs need no name"
    assert status("elsewhere.localhost") == 403
    assert status("evil.example") == 403


def test_services_know_it(make: Callable[..., Lab]) -> None:
    lab = make(services={"server": service('echo "$NIX_JUPYTER_HOST"; exec python server.py')})
    lab.check("start")
    assert lab.log()[0] == lab.host()
    assert re.fullmatch("[0-9a-f]{48}", lab.secret("key"))
    assert (lab.state / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")
def test_chromium_finds_it_without_a_resolver(running: Lab) -> None:
    """Chromium takes the name for ::1 first, which is reserved, and then for 127.0.0.1."""
    address = f"http://{running.host()}:{running.port('server')}/healthz"
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    profile = f"--user-data-dir={running.home / 'chromium'}"
    command = [str(CHROMIUM), *flags, profile, "--dump-dom", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ">ok<" in done.stdout, done.stderr
