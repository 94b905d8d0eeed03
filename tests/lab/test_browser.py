"""Opening the browser: no secret on a command line (C2), in every way that computers have (D1)."""

import re
import subprocess
import sys

import psutil
import pytest

from desktops import Desktop
from driver import Lab, get, listens, wait_for
from strangers import NOBODY, listening, needs_root
from terminals import Terminal

ONE_TIME = re.compile(r"http://127\.0\.0\.1:(\d+)/([A-Za-z0-9_-]{32})")


@pytest.fixture
def desktop(lab: Lab) -> Desktop:
    """A desktop with nothing on it yet."""
    return Desktop(lab)


def test_no_secret_is_on_a_command_line_while_a_browser_opens(lab: Lab, desktop: Desktop) -> None:
    """Row C2: every command line of the computer is read while the browser holds on."""
    address, looked = lab.home / "address", lab.home / "looked"
    hold = f'for _ in $(seq 3600); do [ ! -e "{looked}" ] || exit; sleep 0.05; done'
    desktop.program("xdg-open", f'#!/bin/sh\necho "$1" >"{address}"\n{hold}\n')
    lab.check("start")
    token = lab.token()
    lab.check("open")
    wait_for(address.exists, "the browser")
    lines = _command_lines()
    looked.touch()
    assert any(ONE_TIME.search(line) for line in lines)
    assert not any(token in line for line in lines)


def _command_lines() -> list[str]:
    """Those of all processes of this computer."""
    found = []
    for process in psutil.process_iter():
        try:
            found.append(" ".join(process.cmdline()))
        except psutil.Error:
            pass  # it has ended
    return found


def test_the_browser_is_led_to_the_page(lab: Lab, desktop: Desktop) -> None:
    desktop.browser("xdg-open")
    lab.check("start")
    lab.check("open")
    lab.check("open", "server")
    wait_for(lambda: len(desktop.opened()) == 2, "the browser")
    assert sorted(desktop.opened()) == sorted(
        [lab.check("url").strip(), lab.check("url", "server").strip()]
    )


def _held(lab: Lab, desktop: Desktop) -> tuple[int, str]:
    """Port and code of a one-time address that no browser has used."""
    address = lab.home / "address"
    desktop.program(
        "xdg-open", f'#!/bin/sh\necho "$1" >"{address}.new"; mv "{address}.new" "{address}"\n'
    )
    lab.check("start")
    lab.check("open")
    wait_for(address.exists, "the browser")
    found = ONE_TIME.fullmatch(address.read_text().strip())
    assert found
    return int(found[1]), found[2]


def test_the_address_is_good_for_one_time(lab: Lab, desktop: Desktop) -> None:
    port, code = _held(lab, desktop)
    assert _ask(port, "wrong") == "403"
    assert _ask(port, code) == f"303 {lab.check('url').strip()}"
    wait_for(lambda: not listens("127.0.0.1", port), "it to end")


@needs_root
def test_another_user_is_not_led_to_the_page(lab: Lab, desktop: Desktop) -> None:
    """He can read the one-time address with `ps`, and be quicker than the browser."""
    port, code = _held(lab, desktop)
    assert _ask(port, code, NOBODY) == "nothing"
    assert _ask(port, code) == f"303 {lab.check('url').strip()}"


@needs_root
def test_a_browser_is_not_led_to_a_stranger(lab: Lab, desktop: Desktop) -> None:
    """Row H1: somebody takes the port after the browser was called, and before it asks."""
    port, code = _held(lab, desktop)
    shut = lab.port()
    get(shut, "/api/shutdown", lab.token(), method="POST", data=b"")
    wait_for(lambda: not listens("127.0.0.1", shut), "JupyterLab to end")
    with listening(shut, lab.home) as heard:
        assert _ask(port, code) == "403"
        assert lab.token() not in heard.read_text()


ASK = """
import http.client, os, sys
"".encode("idna")  # what is imported later is in a directory that others may not enter
os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[2]), timeout=300)
try:
    connection.request("GET", "/" + sys.argv[3])
    answer = connection.getresponse()
    print(answer.status, answer.getheader("Location") or "")
except (OSError, http.client.HTTPException):
    print("nothing")
"""


def _ask(port: int, code: str, user: int | None = None) -> str:
    switch = ASK if user is not None else "\n".join(ASK.splitlines()[:3] + ASK.splitlines()[4:])
    command = [sys.executable, "-c", switch, str(user), str(port), code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_stop_ends_what_waits_for_a_browser(lab: Lab, desktop: Desktop) -> None:
    port, _ = _held(lab, desktop)
    assert listens("127.0.0.1", port)
    lab.check("stop")
    assert not listens("127.0.0.1", port)


def test_the_users_own_browser_comes_first(lab: Lab, desktop: Desktop) -> None:
    desktop.browser("xdg-open")
    desktop.browser("my-browser")
    lab.extra["BROWSER"] = "not-there:'broken:my-browser --new-tab %s"
    lab.check("start")
    lab.check("open")
    wait_for(desktop.opened, "the browser")
    ((option, address),) = desktop.asked()
    assert option == "--new-tab"
    assert ONE_TIME.fullmatch(address)


def test_on_wsl(lab: Lab, desktop: Desktop) -> None:
    """Row D1: explorer.exe cannot take an address with "?", and wslview is often not there."""
    lab.extra |= {"WSL_DISTRO_NAME": "Debian", "DISPLAY": ""}
    lab.check("start")
    desktop.browser("rundll32.exe")
    desktop.browser("explorer.exe")
    lab.check("open")
    wait_for(lambda: len(desktop.opened()) == 1, "the browser")
    assert desktop.asked()[0][0] == "url.dll,FileProtocolHandler"
    desktop.browser("wslview")
    lab.check("open")
    wait_for(lambda: len(desktop.opened()) == 2, "the browser")
    assert ONE_TIME.fullmatch(desktop.asked()[1][0])


@pytest.mark.parametrize("program", ["MZ this is a program of Windows\n", "#!/not/there\n"])
def test_a_browser_that_does_not_start_changes_no_exit_code(
    lab: Lab, desktop: Desktop, program: str
) -> None:
    """Row D1: where Windows programs cannot be started, `OSError 8` ended a good start with 1."""
    lab.extra |= {"WSL_DISTRO_NAME": "Debian", "DISPLAY": ""}
    desktop.program("wslview", program)
    desktop.program("rundll32.exe", program)
    terminal = Terminal(lab, "start")
    assert terminal.end() == 0
    url = lab.check("url").strip()
    assert url in terminal.text
    done = lab("open")
    assert (done.returncode, done.stdout.strip()) == (0, url)
    assert "Open this address" in done.stderr


def test_a_second_start_opens_the_browser(lab: Lab, desktop: Desktop) -> None:
    """Row B14."""
    desktop.browser("xdg-open")
    lab.check("start")
    terminal = Terminal(lab, "start")
    assert terminal.end() == 0
    assert "is already running" in terminal.text
    wait_for(lambda: desktop.opened() == [lab.check("url").strip()], "the browser")


def test_the_page_tells_no_other_where_it_is_and_keeps_its_cookie(shared: Lab) -> None:
    assert get(shared.port(), "/api")[0] == 200
    headers = _headers(shared, f"/lab?token={shared.token()}")
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def _headers(lab: Lab, path: str) -> dict[str, str]:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", lab.port(), timeout=300)
    connection.request("GET", path)
    answer = connection.getresponse()
    login = [value for name, value in answer.getheaders() if "username-" in value]
    return {name.lower(): value for name, value in answer.getheaders()} | {"set-cookie": login[0]}
