"""Run a cell in a kernel of a JupyterLab, and print the kernel and what the cell prints, as JSON.

Standard input is JSON: the address with the token, the kernel's id or null for a new one, the cell.
"""

import json
import sys
import urllib.request
from urllib.parse import parse_qs, urlsplit

from websocket import create_connection

given = json.load(sys.stdin)
url = urlsplit(given["url"])
token = parse_qs(url.query)["token"][0]
host = f"127.0.0.1:{url.port}"
kernel = given["kernel"]
if not kernel:
    headers = {"Authorization": f"token {token}"}
    request = urllib.request.Request(f"http://{host}/api/kernels", b"{}", headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        kernel = json.load(answer)["id"]
login = [f"Authorization: token {token}"]
channel = create_connection(f"ws://{host}/api/kernels/{kernel}/channels", header=login)
header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1"}
content = {"code": given["code"], "silent": False, "store_history": False, "allow_stdin": False}
message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
channel.send(json.dumps({**message, "channel": "shell"}))
while True:
    answer = json.loads(channel.recv())
    if answer["parent_header"].get("msg_id") == "1" and answer["msg_type"] == "stream":
        print(json.dumps({"kernel": kernel, "said": answer["content"]["text"].strip()}))
        break
