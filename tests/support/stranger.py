"""Another user of this computer, who tries everything that such a user can try.

Run as that user: `stranger.py watch DIRECTORY…` or `stranger.py trap PORT…`. It prints what it saw, one JSON object a line
({"kind", "where", "text"}), until its standard input ends. Whether that holds a secret is judged by the test, which
knows the secrets; the stranger does not.

Of all that listens on this computer he asks what the test names on his standard input, `HOST PORT` a line: the servers of
other programs, and of other tests, are none of ours.
"""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

PATHS = [
    "/",
    "/lab",
    "/tree",
    "/login",
    "/api",
    "/api/status",
    "/api/contents",
    "/api/kernels",
    "/api/sessions",
    "/api/terminals",
    "/metrics",
    "/files/notebooks/start.ipynb",
    "/files/flake.nix",
    "/nbconvert/html/notebooks/start.ipynb",
    "/view/start.ipynb",
    "/board",
    "/cards",
    "/packages",
    "/healthz",
    "/server.py",
    "/static/app.css",
    "/style.css",
    "/favicon.ico",
    "/processes",
    "/live",
]
OTHERS = ["127.0.0.1", "localhost", "somewhere.example"]

_seen: set[tuple[str, str, str]] = set()
_lock = threading.Lock()


def report(kind: str, where: str, text: str) -> None:
    """Print one observation, once."""
    with _lock:
        if (kind, where, text) not in _seen:
            _seen.add((kind, where, text))
            try:
                print(json.dumps({"kind": kind, "where": where, "text": text}), flush=True)
            except BrokenPipeError:
                os._exit(1)  # the test itself has ended


def listen(named: list[tuple[str, int]], over: threading.Event) -> None:
    """Take up the addresses that the test names, until it closes our standard input."""
    for line in sys.stdin:
        host, _, port = line.strip().rpartition(" ")
        named.append((host, int(port)))
        report("port", f"{host}:{port}", "")
    over.set()


def connect(host: str, port: int) -> socket.socket:
    """Connect, for at most two seconds; OSError where nobody answers."""
    return socket.create_connection((host, port), timeout=2)


def ask(host: str, port: int, path: str, name: str) -> tuple[str, str]:
    """One HTTP request without any secret: status and the whole answer; empty where it is no HTTP."""
    try:
        with connect(host, port) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {name}:{port}\r\n\r\n".encode())
            answer = b""
            while part := connection.recv(65536):
                answer += part
    except OSError:
        return "", ""
    text = answer.decode("utf-8", "replace")
    words = text.split(" ", 2)
    return (words[1], text) if text.startswith("HTTP/") and len(words) > 1 else ("", text)


def subscribe(host: str, port: int) -> None:
    """Speak ZMTP 3 without a key, and ask for all that is published, as one would of a kernel."""
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    ready = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
    try:
        with connect(host, port) as connection:
            connection.sendall(greeting)
            theirs = b""
            while len(theirs) < 64 and (part := connection.recv(64 - len(theirs))):
                theirs += part
            if theirs[:1] != b"\xff":
                return
            connection.sendall(b"\x04" + bytes([len(ready)]) + ready)
            connection.sendall(b"\x00\x01\x01")
            connection.settimeout(15)
            heard = b""
            while part := connection.recv(65536):
                heard += part
                report("zmq", f"{host}:{port}", heard.decode("latin-1"))
    except OSError:
        pass


def look_at_ports(named: list[tuple[str, int]], subscribed: set[tuple[str, int]]) -> None:
    """Ask everything of every port that was named."""
    for host, port in [*named]:
        where = f"{host}:{port}"
        status, text = ask(host, port, "/", "127.0.0.1")
        if not status and (host, port) not in subscribed:
            subscribed.add((host, port))
            threading.Thread(target=subscribe, args=(host, port), daemon=True).start()
        for path in PATHS if status else []:
            for name in OTHERS:
                status, text = ask(host, port, path, name)
                report("http", f"{where} {name} {path} {status}", text)


def look_at_processes(known: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Read the command line of every process, and its environment where that can be read.

    `known` has of each process the second at which it was first seen, and at which it is to be looked at next: a young one
    may still become another program, an older one is looked at once a second. Gives the same of what runs now.
    """
    now, seen = time.monotonic(), {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        first, due = known.get(pid, (now, now))
        for name in ("cmdline", "environ") if now >= due else ():
            try:
                text = Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace")
            except OSError:
                continue
            if pid not in (str(os.getpid()), str(os.getppid())):
                report(name, pid, text)
        seen[pid] = first, (due if now < due else now + (now - first > 2))
    return seen


def look_at_files(directories: list[str]) -> None:
    """Read every file that can be read, and knock at every unix socket."""
    for top in directories:
        for directory, names, files in os.walk(top):
            names[:] = [name for name in names if name not in (".git", ".venv")]
            for name in files:
                path = Path(directory, name)
                try:
                    if path.is_file() and path.stat().st_size < 4 << 20:
                        report("file", str(path), path.read_bytes().decode("latin-1"))
                except OSError:
                    continue
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        path = line.split()[7] if len(line.split()) > 7 else ""
        if not path.startswith("@") and not any(path.startswith(top) for top in directories):
            continue
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(1)
                client.connect("\0" + path[1:] if path.startswith("@") else path)
            report("unix", path, "")
        except OSError:
            continue


def watch(directories: list[str], named: list[tuple[str, int]], over: threading.Event) -> None:
    """Look at everything again and again. What is there for a moment only, a command line, is looked for all the time."""
    subscribed: set[tuple[str, int]] = set()
    # Reading files and asking servers take their time, and must not keep the eyes off the processes.
    looks = [
        lambda: look_at_files(directories),
        lambda: look_at_ports(named, subscribed),
    ]
    others = [threading.Thread(target=again_and_again, args=(look, over)) for look in looks]
    for other in others:
        other.start()
    report("ready", "", "")
    processes: dict[str, tuple[float, float]] = {}
    while not over.wait(0.01):
        processes = look_at_processes(processes)
    for other in others:
        other.join()


def again_and_again(look: Callable[[], None], over: threading.Event) -> None:
    """Look once at least, and rest between two looks: the project needs the processor too."""
    while True:
        look()
        if over.wait(0.3):
            return


def trap(ports: list[int], over: threading.Event) -> None:
    """Hold ports that are not ours, answer like a friendly server, and keep what visitors send."""
    for port in ports:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                server = socket.socket(family, socket.SOCK_STREAM)
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                server.bind((host, port))
                server.listen()
            except OSError as error:
                report("refused", f"{host}:{port}", str(error))
                continue
            report("bound", f"{host}:{port}", "")
            threading.Thread(target=serve, args=(server, f"{host}:{port}"), daemon=True).start()
    report("ready", "", "")
    over.wait()


def serve(server: socket.socket, where: str) -> None:
    """Answer 200 to whatever comes."""
    while True:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(2)
            try:
                report("visitor", where, connection.recv(65536).decode("latin-1"))
                connection.sendall(
                    b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"version": "2.21.1"}'
                )
            except OSError:
                continue


if __name__ == "__main__":
    addresses: list[tuple[str, int]] = []
    ended = threading.Event()
    threading.Thread(target=listen, args=(addresses, ended), daemon=True).start()
    if sys.argv[1] == "trap":
        trap([int(port) for port in sys.argv[2:]], ended)
    else:
        watch(sys.argv[2:], addresses, ended)
