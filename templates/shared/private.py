"""What this project keeps to itself, outside its folder, so that git never sees it.

A folder for logs and databases, a name for this computer that no other project has, and the key to
the pages of server.py.
"""

import errno
import os
import socket
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

ROOT = Path(__file__).resolve().parent
_held: list[socket.socket] = []


@cache
def state_folder() -> Path:
    """The project's private folder. `lab` and `nix develop` name it; without them it is the same."""
    if given := os.environ.get("NIX_JUPYTER_STATE"):
        folder = Path(given)
    else:
        states = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        hashed = sha256(str(ROOT).encode()).hexdigest()[:10]
        name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in ROOT.name)
        folder = Path(states) / "nix-jupyter" / f"{name[:32]}-{hashed}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@cache
def host_name() -> str:
    """The project's name for this computer: under it, the browser sends its cookies nowhere else."""
    file = state_folder() / "host"
    name = os.environ.get("NIX_JUPYTER_HOST") or (file.read_text().strip() if file.exists() else "")
    if sys.platform == "darwin":  # Safari asks the system, and not every macOS knows such names
        try:
            socket.getaddrinfo(name, None)
        except OSError:
            return "127.0.0.1"
    return name or "127.0.0.1"


@cache
def key() -> str:
    """The key to the project's pages. `lab start` makes it, or else the first server does."""
    file = state_folder() / "key"
    if not file.exists():
        new = file.with_name(f"key.{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(token_hex(24))
        try:
            os.link(new, file)  # of two servers that start at once, one is first
        except FileExistsError:
            pass
        new.unlink()
    found, status = file.read_text().strip(), file.stat()
    if len(found) < 32 or status.st_uid != os.getuid() or status.st_mode & 0o077:
        sys.exit(f"{file} is not a key that only you can read. Next: rm '{file}'")
    return found


def address(port: int) -> str:
    """The address to open. The key is in it only on a terminal: a log must not hold it."""
    opens = key()  # now, so that a key that cannot be used is said at the start
    if not sys.stdout.isatty():
        return f"http://{host_name()}:{port}/"
    host = host_name() if hold_on_ipv6(port) else "127.0.0.1"
    return f"http://{host}:{port}/?key={opens}"


def hold_on_ipv6(port: int) -> bool:
    """Keep this port of ::1 from others, without listening there: browsers may ask it first.

    False when somebody else has it. `lab` does the same for the servers that it starts.
    """
    try:
        _held.append(holder := socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
        holder.bind(("::1", port))
    except OSError as error:
        return error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)  # no IPv6 for anybody here
    return True
