"""Ask a JupyterLab who may come in, run one cell, and print what was found as JSON.

It is run by the Python of the environment, in the network of the container. Arguments: the token, and
where JupyterLab is, if that is not 127.0.0.1:8888.
"""

import json
import sys
import time
import urllib.error
import urllib.request

from cells import run_cell

HOST = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1:8888"
CELL = """
import json, os, sys
variables = [os.environ.get(name) for name in ("HOME", "NIX_JUPYTER_HASH")]
print(json.dumps([sys.prefix, os.getuid(), os.getgid(), os.getcwd(), *variables]))
"""


def ask(path, token="", method="GET", **headers):
    """The status of the answer."""
    if token:
        headers["Authorization"] = f"token {token}"
    data = b"{}" if method == "POST" else None
    request = urllib.request.Request(f"http://{HOST}{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def wait_until_it_answers():
    """JupyterLab refuses without the token: so it is up, and closed."""
    deadline = time.monotonic() + 180
    while True:
        try:
            return ask("/api/status")
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


token = sys.argv[1]
print(
    json.dumps(
        {
            "without": wait_until_it_answers(),
            "wrong": ask("/api/status", f"{token}x"),
            "empty": ask("/api/status?token="),
            "right": ask("/api/status", token),
            "change": ask("/api/kernels", method="POST"),
            "foreign": ask("/api/status", token, Host="evil.example"),
            "cell": run_cell(HOST, token, CELL),
        }
    )
)
