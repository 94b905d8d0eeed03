"""Lets in whoever has this project's key, and nobody else. Every page of server.py is behind it.

Everybody on this computer can reach 127.0.0.1. So the address that `./start` prints holds a key. The
server answers it with a cookie, which your browser shows from then on. A program sends the key
itself, in a header: `Authorization: Bearer KEY`.
"""

import errno
import hmac
import os
import socket
import sys
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from secrets import token_hex
from urllib.parse import parse_qsl, urlencode

OPEN = "/healthz"  # `lab` asks there whether the server is ready, and sends no key
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">{head}
<title>{title}</title>
<link rel="icon" href="data:,">
<style>body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 32rem; margin: 15vh auto }}</style>
<main><h1>{title}</h1><p>{text}</p></main>
</html>
"""
_one_time_keys: set[str] = set()


@dataclass(frozen=True)
class Answer:
    """What a visitor gets in place of the page."""

    status: int
    headers: dict[str, str]
    text: str


def check(method: str, path: str, query: str, headers) -> Answer | None:
    """Judge a request before anything else looks at it: None lets it in.

    `path` and `query` are as they were sent; `headers` has a `get` that does not mind capitals.
    """
    host = headers.get("Host", "").lower()
    name = host.partition(":")[0]
    # A website could point a name of its own at 127.0.0.1, and read what we answer.
    if name not in (host_name(), "127.0.0.1", "localhost"):
        return _page(403, "For this computer only", "No page has this name here.")
    reads = method in ("GET", "HEAD")
    if not reads and headers.get("Origin", f"http://{host}") != f"http://{host}":
        return _page(403, "Not from there", "Another website may not change anything here.")
    scheme, _, sent = headers.get("Authorization", "").partition(" ")
    if path == OPEN or (scheme.lower() == "bearer" and _same(sent, key())):
        return None

    # The name in it: a cookie that another server was sent, under another name, opens nothing here.
    cookie = f"lab-{_sign('cookie')[:16]}={_sign(name)}"
    fields = parse_qsl(query, keep_blank_values=True)
    if reads and any(field == "key" and _fits(value) for field, value in fields):
        rest = urlencode([(field, value) for field, value in fields if field != "key"])
        address = escape("/" + path.lstrip("/\\") + (f"?{rest}" if rest else ""))
        # Not a redirect by status code: after a click on another website, browsers would send no
        # SameSite=Strict cookie along with it.
        head = f'\n<meta http-equiv="refresh" content="0; url={address}">'
        more = {"Set-Cookie": f"{cookie}; Path=/; HttpOnly; SameSite=Strict"}
        return _page(200, "The key fits", f'<a href="{address}">Open the page</a>', more, head)
    if any(_same(each.strip(), cookie) for each in headers.get("Cookie", "").split(";")):
        return None
    how = (
        "Open it by its address with the key. <code>lab url server</code> or <code>./start</code> "
        "prints it. In a notebook, run the cell again."
    )
    return _page(401, "This page is locked", how, {"WWW-Authenticate": "Bearer"})


def one_time_key() -> str:
    """A key that opens once, for an address that is written down, as the output of a notebook is."""
    _one_time_keys.add(new := token_hex(24))
    return new


def _fits(sent: str) -> bool:
    for each in [each for each in _one_time_keys if _same(sent, each)]:
        _one_time_keys.remove(each)
        return True
    return _same(sent, key())


def _same(sent: str, expected: str) -> bool:
    """In constant time: how long it takes must not tell how much of a wrong key was right."""
    return hmac.compare_digest(sent.encode(), expected.encode())


def _sign(text: str) -> str:
    return hmac.new(key().encode(), text.encode(), sha256).hexdigest()


def _page(status: int, title: str, text: str, more: dict[str, str] | None = None, head: str = ""):
    return Answer(status, HEADERS | (more or {}), PAGE.format(title=title, text=text, head=head))


# What this project keeps to itself, outside its directory, so that git never sees it: a directory
# for logs and databases, a name for this computer that no other project has, and the key.

ROOT = Path(__file__).resolve().parent
_held: list[socket.socket] = []


@cache
def state_directory() -> Path:
    """The project's private directory. `lab` and `nix develop` name it; it is the same without them."""
    if given := os.environ.get("NIX_JUPYTER_STATE"):
        directory = Path(given)
    else:
        states = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        hashed = sha256(str(ROOT).encode()).hexdigest()[:10]
        name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in ROOT.name)
        directory = Path(states) / "nix-jupyter" / f"{name[:32]}-{hashed}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


@cache
def host_name() -> str:
    """The project's name for this computer: under it, the browser sends its cookies nowhere else."""
    file = state_directory() / "host"
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
    file = state_directory() / "key"
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
