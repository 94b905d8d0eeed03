"""JupyterLab's door and nothing behind it: it takes the same settings and asks for the token.

nix/lab/services/jupyter.py runs it as it runs the real one. Tests of what JupyterLab itself does
have the mark `jupyterlab`, and run the real one.
"""

import os
import signal
import socket
import sys
import threading
import urllib.parse

OK, FORBIDDEN, NOT_FOUND = "200 OK", "403 Forbidden", "404 Not Found"


def main() -> None:
    """Answer until SIGTERM comes, or a request to shut down."""
    words = [word.removeprefix("--").partition("=") for word in sys.argv[1:]]
    settings = {name: value for name, _, value in words}
    server = socket.create_server(
        (settings["ServerApp.ip"], int(settings["ServerApp.port"]))
    )  # like the real one, it ends when somebody else has the port
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(f"[I] {settings['ServerApp.root_dir']} is served", file=sys.stderr, flush=True)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_serve, args=(connection, settings), daemon=True).start()


def _serve(connection: socket.socket, settings: dict[str, str]) -> None:
    try:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request and (part := connection.recv(65536)):
                request += part
            status = _answer(request.decode("latin-1"), settings) if request else NOT_FOUND
            connection.sendall(f"HTTP/1.0 {status}\r\n\r\n{{}}".encode())
    except OSError:
        return  # whoever it was has gone away
    if request.startswith(b"POST /api/shutdown ") and status == OK:
        os._exit(0)


def _answer(request: str, settings: dict[str, str]) -> str:
    first, *lines = request.split("\r\n")
    path = urllib.parse.unquote(first.split(" ")[1]).partition("?")[0]
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
    if host not in ("127.0.0.1", "localhost", settings["ServerApp.local_hostnames"]):
        return FORBIDDEN
    if path == "/api":
        return OK
    if headers.get("authorization") != f"token {settings['PasswordIdentityProvider.token']}":
        return FORBIDDEN
    if path.startswith("/api/contents/"):
        file = os.path.join(settings["ServerApp.root_dir"], path.removeprefix("/api/contents/"))
        return OK if os.path.isfile(file) else NOT_FOUND
    return OK if path in ("/api/status", "/api/shutdown") else NOT_FOUND
