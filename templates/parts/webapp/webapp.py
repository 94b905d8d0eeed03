"""FastHTML, made safe for your own computer. Used by server.py and by pages inside notebooks.

It listens on this computer only, asks for the project's key before any page is looked up, serves no
file but those in static/, needs nothing from the internet, and keeps its data outside the project.
"""

import os
import signal
import socket
import sys
from html import escape
from threading import Thread

import access
import uvicorn
from access import ROOT, address, hold_on_ipv6, host_name, state_directory
from fasthtml.common import H1, FastHTML, Link, Main, Meta, Script
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

HOST = os.environ.get("HOST", "127.0.0.1")
STATE = state_directory()

PAGE_HEADERS = {
    # Scripts and styles come from static/ alone, and only JupyterLab of this project may frame ours.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    f"frame-ancestors http://{host_name()}:*",
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
    Script(src="/static/lost.js"),
)


class Guard:
    """Asks access.py about every request, and adds the security headers to every answer."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(PAGE_HEADERS)
            await send(message)

        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        method = scope.get("method", scope["type"])  # a websocket has none
        answer = access.check(method, path, query, Headers(scope=scope))
        if not answer:
            return await self.app(scope, receive, send_with_headers)
        return await Response(answer.text, answer.status, answer.headers)(scope, receive, send)


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
        htmlkw={"lang": "en"},
        exception_handlers={404: lambda _, error: Main(H1("404 Not Found"), cls="container")},
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
    print(f"{app.title}: {address(port)}", flush=True)
    uvicorn.run(app, host=HOST, port=port, log_level="warning", timeout_graceful_shutdown=3)


class Shown:
    """A page served from a notebook, to be shown below the cell: the last line of it."""

    def __init__(self, app: FastHTML, height: int = 300):
        self.height = height
        while True:
            listener = socket.create_server(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
            if hold_on_ipv6(self.port):
                break
            listener.close()
        self.title = app.title
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        self.server.should_exit = True

    def _repr_html_(self) -> str:
        # A notebook is saved with what it shows, so the key in it opens but once.
        source = f"http://{host_name()}:{self.port}/?key={access.one_time_key()}"
        return (
            f'<iframe src="{source}" title="{escape(self.title)}" height="{self.height}" '
            'style="width: 100%; border: none"></iframe>'
        )
