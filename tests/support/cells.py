"""Cells, run in a JupyterLab that answers."""

import json
import urllib.request
from typing import Any

from websocket import WebSocket, create_connection


def run_cell(server: str, token: str, cell: str) -> Any:
    """What the cell prints in a new kernel, as JSON. `server` is host, port and path."""
    headers = {"Authorization": f"token {token}"}
    request = urllib.request.Request(f"http://{server}/api/kernels", b"{}", headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        kernel = json.loads(answer.read())["id"]
    words = [f"{name}: {value}" for name, value in headers.items()]
    channel = create_connection(f"ws://{server}/api/kernels/{kernel}/channels", header=words)
    return printed(channel, cell)


def printed(channel: WebSocket, cell: str) -> Any:
    """What the cell prints in the kernel behind this web socket, as JSON."""
    header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1"}
    content = {"code": cell, "silent": False, "store_history": False, "allow_stdin": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    channel.send(json.dumps({**message, "channel": "shell"}))
    while True:
        answer = json.loads(channel.recv())
        if answer["parent_header"].get("msg_id") != "1":
            continue
        if answer["msg_type"] == "error":
            raise RuntimeError("\n".join(answer["content"]["traceback"]))
        if answer["msg_type"] == "stream" and answer["content"]["name"] == "stdout":
            return json.loads(answer["content"]["text"])
