"""Let a hub start ada's server, run a cell there, and print what it prints.

It is run by the Python of the environment, where the hub is. Arguments: the token, the address of the
server, and the file of the cell.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from cells import run_cell

token, address, cell = sys.argv[1:]
USER = "http://127.0.0.1:8081/hub/api/users/ada"


def ask(path: str, method: str = "GET") -> Any:
    """What the hub answers."""
    data = b"{}" if method == "POST" else None
    headers = {"Authorization": f"token {token}"}
    request = urllib.request.Request(f"{USER}{path}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def begin() -> bool:
    """Whether the hub is up, and was asked for the server."""
    try:
        ask("/server", "POST")
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError:
        return False
    return True


deadline = time.monotonic() + 180
for is_there in (begin, lambda: ask("")["servers"].get("", {}).get("ready")):
    while not is_there():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)
print(json.dumps(run_cell(f"{address}:8888/user/ada", token, Path(cell).read_text())))
