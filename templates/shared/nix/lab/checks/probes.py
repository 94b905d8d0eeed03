"""What a stranger is answered: a port is asked, without a secret."""

import socket

from ..base.project import Project
from ..services import http, listeners
from ..services.names import JUPYTER

LOOPBACK = ("127.0.0.1", "::1")
STRANGER = "stranger.example"  # a page elsewhere could give 127.0.0.1 this name (DNS rebinding)
MAX_REDIRECTS = 4
# A greeting of ZeroMQ, which kernels speak: signature, version 3.1, mechanism, filler.
ZMQ_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
ZMQ_KIND = b"Socket-Type"


def judge(
    project: Project, name: str, listener: listeners.Listener, chosen: dict[str, int]
) -> tuple[str, str]:
    """What the port of a process gives to a stranger, as a Port has it: answer and detail."""
    if listener.address not in LOOPBACK:
        return "open", f"listens on {listener.address}"
    if listener.address == "::1":
        return "unknown", "listens on ::1"
    if chosen.get(name) == listener.port and name == JUPYTER:
        return _judge_jupyter(listener.port)
    if chosen.get(name) == listener.port:
        return _judge_service(project, name, listener.port)
    answer, detail = _judge_other(listener.port)
    return _on_purpose(project, name, answer), detail


def _judge_jupyter(port: int) -> tuple[str, str]:
    try:
        status = http.ask(port, "/api/status").status
        if status != 403:
            return "open", f"/api/status without the token: {status}"
        status = http.ask(port, "/api", STRANGER).status
    except http.NoAnswer:
        return "unknown", "no answer"
    return ("closed", "403") if status == 403 else ("open", f"under another host name: {status}")


def _judge_service(project: Project, name: str, port: int) -> tuple[str, str]:
    try:
        status = _followed(port)
    except http.NoAnswer:
        return "unknown", "no HTTP"
    if not 200 <= status < 300:
        return "closed", f"{status}"
    answer = _on_purpose(project, name, "open")
    return answer, f"{status}" if answer != "open" else f"/ without the key: {status}"


def _on_purpose(project: Project, name: str, answer: str) -> str:
    """What flake.nix says of a service holds for every port of it."""
    is_meant = project.facts["services"].get(name, {}).get("open")
    return "open on purpose" if answer == "open" and is_meant else answer


def _followed(port: int) -> int:
    """The status of the first page, or of the one that it leads to on the same server."""
    path, status = "/", 0
    for _ in range(MAX_REDIRECTS):
        answer = http.ask(port, path)
        status = answer.status
        place = answer.header("location") or ""
        own = f"http://127.0.0.1:{port}/"
        path = place.removeprefix(own[:-1])
        if not 300 <= answer.status < 400 or not path.startswith("/") or path.startswith("//"):
            break
    return status


def _judge_other(port: int) -> tuple[str, str]:
    """A port that is not a service's own: a kernel's, or of whatever a program has opened."""
    if zmq := _zmq(port):
        # Anybody may push into a PULL socket, which says nothing; ipykernel has one for what forked
        # processes print, and takes only what begins with its own secret number.
        return ("open" if zmq.startswith("NULL") and zmq != "NULL PULL" else "closed"), zmq
    try:
        status = http.ask(port, "/").status
    except http.NoAnswer:
        return "unknown", "no HTTP"
    return ("closed" if status in (401, 403) else "open"), f"/: {status}"


def _zmq(port: int) -> str | None:
    """How ZeroMQ wants to be spoken to, such as "CURVE" or "NULL PUB"; None when it is no ZeroMQ.

    NULL takes anybody, and then says what kind of socket it is.
    """
    heard = b""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.2) as connection:
            heard = connection.recv(10)  # ZeroMQ greets first, and HTTP does not
            if not heard.startswith(b"\xff"):
                return None
            connection.settimeout(1)
            connection.sendall(ZMQ_GREETING)
            while ZMQ_KIND not in heard and (part := connection.recv(512)):
                heard += part
    except OSError:
        pass
    mechanism = heard[12:32].rstrip(b"\0").decode("latin-1")
    _, found, kind = heard.partition(ZMQ_KIND)
    # The value of a property has its length before it, in four bytes.
    return f"{mechanism} {kind[4 : 4 + kind[3]].decode('latin-1')}" if found else mechanism or None
