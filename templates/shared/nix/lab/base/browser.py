"""Opening a page in the user's browser, where there is one.

Nothing that goes wrong here changes what a command ends with: the address was printed as well.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .called import MARK
from .project import Project, inherited, of_this_computer
from .terminal import interactive

# What becomes the little server of redirect.py: it runs on when this command has ended.
REDIRECT = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from lab.base.redirect import lead; lead()"
)
DIRECTORY = str(Path(__file__).resolve().parents[2])
RUNDLL = "/mnt/c/Windows/System32/rundll32.exe"


def wanted() -> bool:
    """Would a browser open in front of the person who typed the command?"""
    return interactive() and not {"SSH_CONNECTION", "SSH_TTY"} & set(os.environ)


def open_page(project: Project, url: str) -> bool:
    """Open an address; False when this machine has no way to do it.

    The browser's command line holds a one-time address only, which leads to the real one.
    """
    variables = of_this_computer(project)
    openers = list(_openers(variables))
    if not openers:
        return False
    try:
        redirector, said = _redirector(project, url)
        port, code = said.split()
    except (OSError, ValueError):
        return False
    address = f"http://127.0.0.1:{port}/{code}"
    if any(_begin(opener, address, variables) for opener in openers):
        return True
    redirector.terminate()
    return False


def _redirector(project: Project, url: str) -> tuple[subprocess.Popen[str], str]:
    """Start what leads the browser on: its process, and its port and code.

    It goes on when this command has ended.
    """
    # On WSL the browser's connection comes from a program of Windows, which root passes on.
    users = {os.getuid()} | ({0} if _on_wsl() else set())
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", REDIRECT, DIRECTORY, *map(str, sorted(users))],
        env=inherited() | {MARK: str(project.state)},  # `lab stop` ends it, too
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    assert process.stdin  # pipes, as asked for
    assert process.stdout
    with process.stdin, process.stdout:
        process.stdin.write(f"{url}\n")
        process.stdin.close()
        return process, process.stdout.readline()


def _begin(opener: list[str], address: str, variables: dict[str, str]) -> bool:
    command = [word.replace("%s", address) for word in opener]
    if command == opener:
        command.append(address)
    try:
        subprocess.Popen(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False  # not there, or Windows programs cannot be started
    return True


def find(project: Project) -> tuple[str, str]:
    """What BROWSER asks for where none of it is there, and the program that opens a page; or ""."""
    variables = of_this_computer(project)

    def there(commands: Iterator[list[str]]) -> str:
        programs = (words[0] for words in commands)
        return next((one for one in programs if shutil.which(one, path=variables.get("PATH"))), "")

    asked = variables.get("BROWSER", "")
    return "" if there(_chosen(variables)) else asked, there(_openers(variables))


def _chosen(variables: dict[str, str]) -> Iterator[list[str]]:
    for choice in variables.get("BROWSER", "").split(os.pathsep):
        try:
            if words := shlex.split(choice):
                yield words
        except ValueError:
            pass  # a quotation mark without its partner


def _openers(variables: dict[str, str]) -> Iterator[list[str]]:
    """The commands that open a page here, the user's own choice first."""
    yield from _chosen(variables)
    if sys.platform == "darwin":
        yield ["/usr/bin/open"]
        return
    path = variables.get("PATH")
    if _on_wsl():
        if opener := shutil.which("wslview", path=path):
            yield [opener]
        # explorer.exe cannot take an address with a question mark.
        if opener := shutil.which("rundll32.exe", path=path) or shutil.which(RUNDLL):
            yield [opener, "url.dll,FileProtocolHandler"]
    desktop = variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY")
    if desktop and (opener := shutil.which("xdg-open", path=path)):
        yield [opener]


def _on_wsl() -> bool:
    return "WSL_DISTRO_NAME" in os.environ or Path("/proc/sys/fs/binfmt_misc/WSLInterop").exists()
