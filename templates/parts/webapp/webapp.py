"""FastHTML, made safe for your own computer. Used by server.py and by pages inside notebooks.

It listens on this computer only, serves no file but those in static/, needs nothing from the
internet, and keeps its database and its key outside the project.
"""

import os
import signal
import sys
from hashlib import sha256
from pathlib import Path

import uvicorn
from fasthtml.common import FastHTML, Link, Meta, Script
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles

ROOT = Path(__file__).resolve().parent
HOST = os.environ.get("HOST", "127.0.0.1")

PAGE_HEADERS = {
    # Scripts and styles come from static/ alone, and only pages of this computer may frame ours.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors http://127.0.0.1:* http://localhost:*",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

HEAD = (
    Meta(charset="utf-8"),
    Meta(name="viewport", content="width=device-width, initial-scale=1"),
    Meta(name="color-scheme", content="light dark"),
    Meta(name="htmx-config", content='{"includeIndicatorStyles": false, "allowEval": false}'),
    Link(rel="icon", href="/static/icon.svg", type="image/svg+xml"),
    Link(rel="stylesheet", href="/static/pico.min.css"),
    Link(rel="stylesheet", href="/static/app.css"),
    Script(src="/static/htmx.min.js"),
)


def state_folder() -> Path:
    """The project's private folder, outside the project, so that Git never sees what is in it."""
    if given := os.environ.get("NIX_JUPYTER_STATE"):
        folder = Path(given)
    else:
        states = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        hashed = sha256(str(ROOT).encode()).hexdigest()[:10]
        name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in ROOT.name)
        folder = Path(states) / "nix-jupyter" / f"{name[:32]}-{hashed}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


STATE = state_folder()


class Guard:
    """Turns away what was not meant for us, and adds the security headers to every answer."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(PAGE_HEADERS)
            await send(message)

        if scope["type"] != "lifespan" and (why := self.refusal(scope)):
            await PlainTextResponse(why, status_code=403)(scope, receive, send_with_headers)
        else:
            await self.app(scope, receive, send_with_headers)

    @staticmethod
    def refusal(scope) -> str | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if host.partition(":")[0] not in {"127.0.0.1", "localhost", HOST}:
            return "This page is for this computer only."
        # Another website can send a form to us; the browser then says which one it was.
        reads = scope.get("method") in {"GET", "HEAD"}
        if origin and not reads and origin.partition("://")[2] != host:
            return "Another website may not change anything here."
        return None


def web_app(title: str) -> FastHTML:
    """A FastHTML app with our own head, headers and files."""
    key = STATE / "session.key"
    app = FastHTML(
        title=title,
        hdrs=HEAD,
        default_hdrs=False,
        canonical=False,
        middleware=[Middleware(Guard)],
        key_fname=key,
        session_cookie=STATE.name,
        same_site="strict",
    )
    key.chmod(0o600)
    # In a notebook FastHTML adds an inline script, and lets every website in. Take both back.
    app.hdrs[:] = HEAD
    app.user_middleware[:] = [m for m in app.user_middleware if m.cls is not CORSMiddleware]

    app.mount("/static", StaticFiles(directory=ROOT / "static"))

    @app.get("/healthz")
    def healthz():
        return PlainTextResponse("ok")

    return app


def serve(app: FastHTML) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    port = int(os.environ.get("PORT", "8000"))
    # uvicorn ends its work first, then passes the signal on to us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"{app.title}: http://{HOST}:{port}", flush=True)
    uvicorn.run(app, host=HOST, port=port, log_level="warning", timeout_graceful_shutdown=3)
