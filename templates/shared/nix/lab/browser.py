"""Opening a page in the user's browser, where there is one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from project import Project
from terminal import interactive
from variables import of_this_computer


def wanted() -> bool:
    """Would a browser open in front of the person who typed the command?"""
    return interactive() and not {"SSH_CONNECTION", "SSH_TTY"} & set(os.environ)


def open_page(project: Project, url: str) -> bool:
    """Open an address; False when this machine has no way to do it."""
    command = _opener()
    if not command:
        return False
    subprocess.Popen(
        [command, url],
        env=of_this_computer(project),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True


def _opener() -> str | None:
    if sys.platform == "darwin":
        return "/usr/bin/open"
    # The browser is on the Windows side and cannot read a file of ours: it gets the address itself.
    if _on_wsl() and (opener := shutil.which("wslview") or shutil.which("explorer.exe")):
        return opener
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return shutil.which("xdg-open")
    return None


def _on_wsl() -> bool:
    return "WSL_DISTRO_NAME" in os.environ or Path("/proc/sys/fs/binfmt_misc/WSLInterop").exists()
