"""Two users of a hub, one of whom tries to see the other. Prints what was found, as JSON.

It runs where the hub does. Argument: the address of the first one's server.
"""

import json
import sys

from visitor import Visitor, is_up, wait_for

ada, bob, eve = (Visitor(name) for name in ("ada", "bob", "eve"))

IN_ADAS = """
import json, os, pathlib, sys
pathlib.Path("of-ada").write_text("secret")
lines = [line.split() for name in ("tcp", "tcp6") for line in open(f"/proc/net/{name}").readlines()[1:]]
listening = [line[1].split(":") for line in lines if line[3] == "0A"]
ports = [[address, int(port, 16)] for address, port in listening]
limits = [os.environ[name] for name in ("MEM_LIMIT", "CPU_LIMIT")]
variables = [os.environ[name] for name in ("HOME", "NIX_JUPYTER_HASH")]
who = [sys.prefix, os.getuid(), os.getgid(), os.getcwd(), *variables]
print(json.dumps({"who": who, "ports": ports, "limits": limits}))
"""

IN_BOBS = """
import json, os, pathlib, socket, sys, urllib.error, urllib.request
from urllib.parse import urlsplit
ADA, PORTS = {ada!r}, {ports!r}
own, api = os.environ["JUPYTERHUB_API_TOKEN"], os.environ["JUPYTERHUB_API_URL"]
hub = urlsplit(api).hostname

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None

def answers(address, port):
    try:
        socket.create_connection((address, port), 5).close()
        return True
    except OSError:
        return False

def ask(url, method="GET", token=own):
    headers = {{"Authorization": f"token {{token}}"}} if token else {{}}
    request = urllib.request.Request(url, None, headers, method=method)
    try:
        return urllib.request.build_opener(Stay).open(request).status
    except urllib.error.HTTPError as refused:
        return refused.code

direct, through = f"http://{{ADA}}:8888/user/ada", f"http://{{hub}}:8000/user/ada"
places = [place for place in os.scandir("/") if place.is_dir() and place.name not in ("proc", "nix")]
print(json.dumps({{
    "who": [sys.prefix, os.getcwd(), os.environ["NIX_JUPYTER_HASH"]],
    "files": [at for place in places for at, _, names in os.walk(place.path) if "of-ada" in names],
    "processes": [pid for pid in os.listdir("/proc") if pid.isdigit() and b"/user/ada" in pathlib.Path("/proc", pid, "environ").read_bytes()],
    "open": [port for port in PORTS if answers(ADA, port)],
    "own": ask(f"{{api}}/users/bob"),
    "refused": {{
        "direct, nobody": ask(f"{{direct}}/api/contents", token=""),
        "direct": ask(f"{{direct}}/api/contents"),
        "direct, kernel": ask(f"{{direct}}/api/kernels", "POST"),
        "through the hub": ask(f"{{through}}/api/contents"),
        "the other user": ask(f"{{api}}/users/ada"),
        "all users": ask(f"{{api}}/users"),
        "a token": ask(f"{{api}}/users/ada/tokens", "POST"),
        "the other server": ask(f"{{api}}/users/ada/server", "DELETE"),
    }},
    "proxy": answers(hub, 8001),
}}))
"""

wait_for("the hub", is_up)
stranger = eve.open("/hub/oauth_login").status_code
for each in (ada, bob):
    each.open("/hub/oauth_login")
pages = [each.wait_for_server() for each in (ada, bob)]
in_adas = ada.run(IN_ADAS)
in_bobs = bob.run(IN_BOBS.format(ada=sys.argv[1], ports=[port for _, port in in_adas["ports"]]))
browser = {
    "page": bob.open("/user/ada/lab").status_code,
    "files": bob.ask("GET", "/user/ada/api/contents"),
    "kernel": bob.ask("POST", "/user/ada/api/kernels"),
    "socket": bob.connect("/user/ada/api/events/subscribe"),
    "server": bob.ask("DELETE", "/hub/api/users/ada/server"),
    "admin": bob.open("/hub/admin").status_code,
}
stopped = [each.stop() for each in (ada, bob)]
print(
    json.dumps(
        {
            "stranger": stranger,
            "pages": pages,
            "ada": in_adas,
            "bob": in_bobs,
            "browser": browser,
            "stopped": stopped,
        }
    )
)
