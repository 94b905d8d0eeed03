"""Asks the network that the notebook trained: click on the spiral, and it says which arm that is.

The page is in web/, the network in network.py. What the notebook saves anew shows at the next reload.
"""

import asyncio
import math
from pathlib import Path

from website import Handler, serve

WEB = Path(__file__).resolve().parent / "web"


def read_network():
    """Return the network, or None while there is none, and the device that it runs on with its name."""
    # Only now: torch takes seconds to load, while JupyterLab starts beside us.
    from network import DEVICE, DEVICE_NAME, STORE

    return STORE.read(), DEVICE.type, DEVICE_NAME


def read_point(query, edge):
    """Turn what was typed or clicked into a point, or say in a ValueError what is wrong with it."""
    point = []
    for name in ("x", "y"):
        try:
            value = float(query(name, ""))
        except ValueError:
            value = math.nan
        if not -edge <= value <= edge:
            raise ValueError(f"{name} has to be a number from -{edge} to {edge}.")
        point.append(value)
    return point


class Page(Handler):
    async def get(self):
        # In a thread, so that the server goes on answering meanwhile.
        network, device, device_name = await asyncio.to_thread(read_network)
        page = {"network": network, "point": None, "chances": [], "problem": ""}
        if network and self.request.query_arguments:
            try:
                page["point"] = read_point(self.get_query_argument, network.edge)
                [page["chances"]] = network.ask([page["point"]])
            except ValueError as problem:
                self.set_status(400)
                page["problem"] = str(problem)
        self.render("page.html", **page, device=device, device_name=device_name)


class Prediction(Handler):
    """The same for other programs: /predict.json?x=0.5&y=-0.25"""

    async def get(self):
        network, device, _ = await asyncio.to_thread(read_network)
        if network is None:
            self.set_status(503)
            return self.finish({"error": "No network yet: run notebooks/start.ipynb first."})
        try:
            [chances] = network.ask([read_point(self.get_query_argument, network.edge)])
        except ValueError as problem:
            self.set_status(400)
            return self.finish({"error": str(problem)})
        arm = chances.index(max(chances)) + 1
        return self.finish({"arm": arm, "chances": chances, "device": device})


class Style(Handler):
    def get(self):
        self.set_header("Content-Type", "text/css")
        self.finish((WEB / "style.css").read_bytes())


if __name__ == "__main__":
    serve(
        [("/", Page), ("/predict.json", Prediction), ("/style.css", Style)],
        template_path=WEB,
        compiled_template_cache=False,
    )
