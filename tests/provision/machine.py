"""What has to be installed on the machine itself."""

import os
import shutil
from pathlib import Path

from report import Failure, run, say

# program -> Debian package
FOR_BOTH = {
    "nix": "nix-bin",
    "git": "git",
    "shellcheck": "shellcheck",
    "direnv": "direnv",
    "fish": "fish",
    "zsh": "zsh",
    "openssl": "openssl",
}
# Chromium without windows, which takes less of the processor; nixpkgs and macOS have the whole.
FOR_REAL = {"chromium": "chromium"}
FOR_OFFLINE = {
    "bindfs": "bindfs",  # a disk that keeps no permissions
    "chromium-headless-shell": "chromium-headless-shell",
    "mkfs.btrfs": "btrfs-progs",  # a disk with quotas
    "dpkg-deb": "dpkg",
    "strace": "strace",
    "sudo": "sudo",
    "tcsh": "tcsh",  # as zsh and fish above, it is what somebody enters another computer with
    "xz": "xz-utils",
    "/usr/sbin/sshd": "openssh-server",
}


def cache_directory() -> Path:
    """The directory that everything is fetched into."""
    chosen = os.environ.get("CREATE_NIX_JUPYTER_CACHE")
    if not chosen:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        chosen = os.path.join(base, "create-nix-jupyter")
    directory = Path(chosen).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def missing(needed: dict[str, str]) -> dict[str, str]:
    """The programs that are not there, with the Debian package of each."""
    absent = {name: package for name, package in needed.items() if not shutil.which(name)}
    if not _venv_works():
        absent["python3 -m venv"] = "python3-venv"
    return absent


def require_go() -> None:
    """Debian 12's Go is too old for process-compose, so this one is not installed by itself."""
    if shutil.which("go") is None:
        raise Failure("Go is missing. Install version 1.25 or newer from go.dev/dl and try again.")


def install_missing(needed: dict[str, str]) -> None:
    """Install what is missing, or name exactly what is missing and how to get it."""
    absent = missing(needed)
    if not absent:
        return
    packages = sorted(set(absent.values()))
    how = f"apt-get install {' '.join(packages)}"
    if not Path("/etc/debian_version").exists():
        raise Failure(f"missing: {', '.join(absent)}. On Debian it would be: {how}")
    if os.geteuid() != 0:
        raise Failure(f"missing: {', '.join(absent)}. As root, run: {how}")
    say(f"installing {' '.join(packages)}")
    # A server that is installed is not started: tests start it where nobody else is.
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_OFFLINE": "1"}
    run(["apt-get", "update", "-qq"], "apt-get update", **quiet)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    run(command, how, **quiet)
    still = missing(needed)
    if still:
        raise Failure(f"still missing after '{how}': {', '.join(still)}")


def programs() -> dict[str, str | None]:
    """Where the programs are that tests start by path."""
    found = {name: shutil.which(name) for name in ("direnv", "git", "shellcheck")}
    return {
        "chromium": shutil.which("chromium-headless-shell") or shutil.which("chromium"),
        **found,
    }


def python() -> str:
    """A Python whose venv module is whole."""
    return "python3" if _works("python3") else "/usr/bin/python3"


def _venv_works() -> bool:
    return _works("python3") or _works("/usr/bin/python3")


def _works(interpreter: str) -> bool:
    try:
        run([interpreter, "-c", "import venv, ensurepip; ensurepip.version()"], "python3")
    except (Failure, FileNotFoundError):
        return False
    return True
