"""tornado, made safe for your own computer. Used by server.py.

It listens on this computer only, asks for the project's key before any page is looked up, and sends
headers that keep everything from elsewhere out of the page.
"""

import asyncio
import os
import signal
import sys

import access
from tornado.log import access_log
from tornado.web import Application, RequestHandler

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8000"))

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

ERROR = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{text}</title>
<link rel="icon" href="data:,">
<main><h1>{text}</h1></main>
</html>
"""


class Handler(RequestHandler):
    """What the pages of a server have in common. Yours answer in `get`, as tornado's do."""

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **_) -> None:
        self.finish(ERROR.format(text=f"{status_code} {self._reason}"))


class Health(Handler):
    def get(self) -> None:
        self.finish("ok")


class NotFound(Handler):
    def prepare(self) -> None:
        self.send_error(404)


class Refused(RequestHandler):
    """Gives the answer of access.py in place of a page."""

    def initialize(self, answer: access.Answer) -> None:
        self.answer = answer

    def prepare(self) -> None:
        self.set_status(self.answer.status)
        for name, value in self.answer.headers.items():
            self.set_header(name, value)
        self.finish(self.answer.text)


class Website(Application):
    """An application that no request gets into without the key, whatever its handlers do."""

    def find_handler(self, request, **kwargs):
        if answer := access.check(request.method, request.path, request.query, request.headers):
            return self.get_handler_delegate(request, Refused, {"answer": answer})
        return super().find_handler(request, **kwargs)

    def log_request(self, handler) -> None:
        """Log what failed, without what follows the "?": a log must not hold the key."""
        if handler.get_status() >= 400 and not isinstance(handler, Refused):
            request = handler.request
            access_log.warning("%d %s %s", handler.get_status(), request.method, request.path)


def serve(routes: list, **settings) -> None:
    """Serve these routes, and /healthz, until Ctrl-C or SIGTERM."""
    asyncio.run(_serve([(access.OPEN, Health), *routes], settings))


async def _serve(routes: list, settings: dict) -> None:
    access.key()  # made before anybody can ask
    site = Website(routes, default_handler_class=NotFound, **settings)
    try:
        server = site.listen(PORT, HOST)
    except OSError as error:
        sys.exit(f"Port {PORT} cannot be used ({error.strerror}). Next: PORT=8001 python server.py")
    print(access.address(PORT), flush=True)

    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    server.stop()
