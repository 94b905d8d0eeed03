"""Somebody with a browser at the hub of http://localhost:8000."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from websocket import WebSocketBadStatusException, create_connection

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "support"))
from cells import printed

HUB = "http://localhost:8000"


def wait_for(what: str, question: Callable[[], Any]) -> Any:
    """Ask again until the answer counts as true, for as long as only what hangs takes."""
    deadline = time.monotonic() + 180
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.25)
    return answer


def is_up() -> bool:
    """Whether the hub answers."""
    try:
        return requests.get(f"{HUB}/hub/health").ok
    except requests.ConnectionError:
        return False


class Visitor:
    """A browser that GitHub knows as one user."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.browser = requests.Session()
        self.browser.cookies.set("user", name, domain="127.0.0.1", path="/")

    def open(self, path: str) -> requests.Response:
        """A page, as it is in the end."""
        return self.browser.get(f"{HUB}{path}", headers={"Sec-Fetch-Mode": "navigate"})

    def ask(self, method: str, path: str) -> int:
        """The status of what a script of a page would be answered."""
        return self._ask(method, path).status_code

    def wait_for_server(self) -> str:
        """Wait until one's own server is ready, and give the address to which its page leads."""
        wait_for("the server", lambda: self._servers().get("", {}).get("ready"))
        return self.open(f"/user/{self.name}/").url

    def stop(self) -> int:
        """Stop one's own server, and give the status once it is gone."""
        status = self.ask("DELETE", f"/hub/api/users/{self.name}/server")
        wait_for("the end of the server", lambda: not self._servers())
        return status

    def run(self, cell: str) -> Any:
        """What a cell prints in a new kernel, as JSON."""
        server = f"/user/{self.name}"
        kernel = self._ask("POST", f"{server}/api/kernels").json()["id"]
        return printed(self.connect(f"{server}/api/kernels/{kernel}/channels"), cell)

    def connect(self, path: str) -> Any:
        """A web socket, or the status with which it is refused."""
        cookies = requests.models.PreparedRequest()
        cookies.prepare(method="GET", url=f"{HUB}{path}", cookies=self.browser.cookies)
        header = ["Sec-Fetch-Mode: websocket", f"Cookie: {cookies.headers.get('Cookie', '')}"]
        try:
            return create_connection(
                f"{HUB}{path}".replace("http", "ws"), header=header, origin=HUB
            )
        except WebSocketBadStatusException as refused:
            return refused.status_code

    def _servers(self) -> dict[str, Any]:
        return self._ask("GET", f"/hub/api/users/{self.name}").json()["servers"]

    def _ask(self, method: str, path: str) -> requests.Response:
        place = "/hub/" if path.startswith("/hub/") else f"/user/{self.name}/"
        token = self.browser.cookies.get("_xsrf", path=place)
        headers = {"X-XSRFToken": token or "", "Sec-Fetch-Mode": "cors", "Referer": f"{HUB}/"}
        return self.browser.request(method, f"{HUB}{path}", headers=headers, allow_redirects=False)
