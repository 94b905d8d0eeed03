"""The network that the notebook trained and saved, ready to answer on the fastest device there is."""

import pickle
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock

import torch

SAVED = Path(__file__).resolve().parent / "data" / "spiral.pt"
UNREADABLE = (
    OSError,
    EOFError,
    pickle.UnpicklingError,
    RuntimeError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)


def pick_device():
    """Return the fastest device of this machine, and its name for people."""
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.cuda.get_device_name()
    if torch.backends.mps.is_available():
        return torch.device("mps"), "Apple chip"
    return torch.device("cpu"), "the processor"


DEVICE, DEVICE_NAME = pick_device()


@dataclass
class Cell:
    """A square of the map: where it is, the arm that the network sees there, and how sure it is."""

    column: int
    row: int
    point: tuple[float, float]
    arm: int
    chance: float


class Network:
    """The layers, and what the page shows of them."""

    edge = 1.15  # the map goes from -edge to edge in both directions
    side = 40  # and has this many squares in each

    def __init__(self, saved):
        layers = []
        for before, after in pairwise(saved["sizes"]):
            layers += [torch.nn.Linear(before, after), torch.nn.SiLU()]
        self.layers = torch.nn.Sequential(*layers[:-1])
        self.layers.load_state_dict(saved["weights"])
        self.layers.to(DEVICE)
        self.colours = [str(colour) for colour in saved["colours"]]
        self.points = list(zip(saved["points"].tolist(), saved["arms"].tolist(), strict=True))
        self.accuracy = float(saved["accuracy"])
        self.trained_on = str(saved["trained_on"])
        self.map = self.draw_map()

    def ask(self, points):
        """Return for each point how likely each arm is."""
        with torch.inference_mode():
            return self.layers(torch.tensor(points, device=DEVICE)).softmax(dim=1).tolist()

    def draw_map(self):
        places = [(column, row) for row in range(self.side) for column in range(self.side)]
        points = [self.point_at(column + 0.5, row + 0.5) for column, row in places]
        return [
            Cell(*place, point, arm=chances.index(max(chances)), chance=max(chances))
            for place, point, chances in zip(places, points, self.ask(points), strict=True)
        ]

    def point_at(self, column, row):
        """Return the point at a place of the map, which is counted from its upper left corner."""
        scale = 2 * self.edge / self.side
        return round(column * scale - self.edge, 3), round(self.edge - row * scale, 3)

    def place_of(self, point):
        """Return the column and the row where a point belongs."""
        scale = 2 * self.edge / self.side
        return (point[0] + self.edge) / scale, (self.edge - point[1]) / scale


class Store:
    """Keeps the network in memory, and reads it again when its file has changed."""

    def __init__(self):
        self.stamp, self.network = None, None
        self.lock = Lock()  # two pages may ask at once

    def read(self):
        """Return the network, or None while there is none that can be read."""
        with self.lock:
            try:
                self.read_if_changed()
            except FileNotFoundError:
                self.stamp, self.network = None, None
            except UNREADABLE as error:
                print(f"{SAVED.name} cannot be read: {error}", flush=True)
            return self.network

    def read_if_changed(self):
        found = SAVED.stat()
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self.stamp:
            self.stamp, self.network = stamp, None
            # weights_only: a file that holds more than numbers is refused, and runs nothing.
            saved = torch.load(SAVED, weights_only=True, map_location="cpu")
            self.network = Network(saved)


STORE = Store()
