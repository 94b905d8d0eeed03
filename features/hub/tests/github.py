"""What GitHub does when somebody logs in somewhere with it: whoever has its cookie `user` is that one."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

APP = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])


class GitHub(BaseHTTPRequestHandler):
    """Codes and tokens are the names of users."""

    def do_GET(self) -> None:
        """The page that asks whether an app may know who one is, and what an app is told."""
        url = urlsplit(self.path)
        if url.path == "/api/v3/user":
            name = self.headers["Authorization"].split()[-1]
            self._answer(200, {"login": name, "id": 1, "email": None})
            return
        asked = {name: value for name, [value] in parse_qs(url.query).items()}
        if url.path != "/login/oauth/authorize" or asked["client_id"] != APP[0]:
            self._answer(404, {})
            return
        name = self.headers["Cookie"].partition("user=")[2].split(";")[0]
        back = urlencode({"code": name, "state": asked["state"]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{back}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        """An app changes a code into a token, with its secret."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: value for name, [value] in parse_qs(text).items()}
        good = (asked.get("client_id"), asked.get("client_secret")) == APP
        self._answer(
            200 if good else 401,
            {"access_token": asked["code"], "token_type": "bearer", "scope": ""},
        )

    def _answer(self, status: int, body: dict) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing: what it is asked holds secrets."""


ThreadingHTTPServer(("127.0.0.1", 9000), GitHub).serve_forever()
