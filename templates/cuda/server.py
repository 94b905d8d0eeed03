"""Asks the network that the notebook trained: click on the spiral, and it says which arm that is.

The page is in web/, the network in network.py. What the notebook saves anew shows at the next reload.
"""

import asyncio
import math
import os
import signal
import sys
from pathlib import Path

from tornado.web import Application, RequestHandler

from network import DEVICE, DEVICE_NAME, Network, Store

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8000"))
WEB = Path(__file__).resolve().parent / "web"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

store = Store()


def read_point(query):
    """Turn what was typed or clicked into a point, or say in a ValueError what is wrong with it."""
    point = []
    for name in ("x", "y"):
        try:
            value = float(query(name, ""))
        except ValueError:
            value = math.nan
        if not -Network.edge <= value <= Network.edge:
            raise ValueError(f"{name} has to be a number from -{Network.edge} to {Network.edge}.")
        point.append(value)
    return point


class Handler(RequestHandler):
    """What all answers have in common: safe headers, and visitors from this machine only."""

    def set_default_headers(self):
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-cache")

    def prepare(self):
        # A web page elsewhere could give 127.0.0.1 a name of its own and then read what we answer.
        if self.request.host_name not in {"127.0.0.1", "localhost", HOST}:
            self.send_error(403)

    def write_error(self, status_code, **_):
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")


class Page(Handler):
    def get(self):
        page = {"network": store.read(), "point": None, "chances": [], "problem": ""}
        if page["network"] and self.request.query_arguments:
            try:
                page["point"] = read_point(self.get_query_argument)
                [page["chances"]] = page["network"].ask([page["point"]])
            except ValueError as problem:
                self.set_status(400)
                page["problem"] = str(problem)
        self.render("page.html", **page, device=DEVICE.type, device_name=DEVICE_NAME)


class Prediction(Handler):
    """The same for other programs: /predict.json?x=0.5&y=-0.25"""

    def get(self):
        network = store.read()
        if network is None:
            self.set_status(503)
            return self.finish({"error": "No network yet: run notebooks/start.ipynb first."})
        try:
            [chances] = network.ask([read_point(self.get_query_argument)])
        except ValueError as problem:
            self.set_status(400)
            return self.finish({"error": str(problem)})
        arm = chances.index(max(chances)) + 1
        return self.finish({"arm": arm, "chances": chances, "device": DEVICE.type})


class Style(Handler):
    def get(self):
        self.set_header("Content-Type", "text/css")
        self.finish((WEB / "style.css").read_bytes())


class Health(Handler):
    def get(self):
        self.finish("ok")


class NotFound(Handler):
    def get(self):
        self.send_error(404)


async def main():
    app = Application(
        [("/", Page), ("/predict.json", Prediction), ("/style.css", Style), ("/healthz", Health)],
        default_handler_class=NotFound,
        template_path=WEB,
        compiled_template_cache=False,
    )
    try:
        server = app.listen(PORT, HOST)
    except OSError as error:
        sys.exit(f"Port {PORT} cannot be used ({error.strerror}). Try: PORT=8001 python server.py")
    print(f"http://{HOST}:{PORT}/", flush=True)

    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    server.stop()


if __name__ == "__main__":
    asyncio.run(main())
