"""Shows what the notebook found: its picture, and a form that names a wine.

The page is in web/ and the result in data/. Both are read anew each time, so a reload shows every change.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from website import Handler, serve

PROJECT = Path(__file__).resolve().parent
WEB, DATA = PROJECT / "web", PROJECT / "data"


@dataclass
class Measurement:
    name: str
    label: str
    lowest: float
    highest: float
    mean: float
    scale: float


@dataclass
class Wine:
    name: str
    colour: str
    typical: list[float]
    weights: list[float]
    bias: float


@dataclass
class Result:
    """What the last cell of the notebook saved."""

    bottles: int
    accuracy: float
    measurements: list[Measurement]
    wines: list[Wine]

    @classmethod
    def read(cls):
        """Return the saved result, or None while there is none that can be read."""
        try:
            saved = json.loads((DATA / "wines.json").read_text(encoding="utf-8"))
            return cls(
                bottles=int(saved["bottles"]),
                accuracy=float(saved["accuracy"]),
                measurements=[Measurement(**each) for each in saved["measurements"]],
                wines=[Wine(**each) for each in saved["wines"]],
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def values(self, query):
        """Turn what was typed into numbers, or say in a ValueError what is wrong with it."""
        values = []
        for each in self.measurements:
            try:
                value = float(query(each.name, ""))
            except ValueError:
                value = math.nan
            if not each.lowest <= value <= each.highest:
                span = f"{each.lowest:g} to {each.highest:g}"
                raise ValueError(f"{each.label} has to be a number from {span}.")
            values.append(value)
        return values

    def typical(self, wine):
        """Return the query of an address that asks about a typical bottle of this wine."""
        pairs = zip(self.measurements, wine.typical, strict=True)
        return urlencode({each.name: f"{value:g}" for each, value in pairs})

    def predict(self, values):
        """Return how likely each wine is, the likeliest first, as a logistic regression does."""
        scaled = [
            (value - each.mean) / each.scale
            for value, each in zip(values, self.measurements, strict=True)
        ]
        scores = {wine.name: wine.bias + math.sumprod(wine.weights, scaled) for wine in self.wines}
        highest = max(scores.values())
        odds = {name: math.exp(score - highest) for name, score in scores.items()}
        total = sum(odds.values())
        return {name: odds[name] / total for name in sorted(odds, key=odds.get, reverse=True)}


class Page(Handler):
    def get(self):
        result = Result.read()
        page = {"result": result, "values": [], "chances": {}, "problem": ""}
        if result and self.request.query_arguments:
            try:
                page["values"] = result.values(self.get_query_argument)
                page["chances"] = result.predict(page["values"])
            except ValueError as problem:
                self.set_status(400)
                page["problem"] = str(problem)
        self.render("page.html", **page)


class Prediction(Handler):
    """The form's answer for other programs: /predict.json?alcohol=13&flavanoids=2&..."""

    def get(self):
        result = Result.read()
        if result is None:
            self.set_status(503)
            return self.finish({"error": "No result yet: run notebooks/start.ipynb first."})
        try:
            chances = result.predict(result.values(self.get_query_argument))
        except ValueError as problem:
            self.set_status(400)
            return self.finish({"error": str(problem)})
        return self.finish({"wine": next(iter(chances)), "chances": chances})


class File(Handler):
    """One file, given by name below: nothing in the address chooses it."""

    def initialize(self, path, content_type):
        self.path, self.content_type = path, content_type

    def get(self):
        if not self.path.is_file():
            return self.send_error(404)
        self.set_header("Content-Type", self.content_type)
        return self.finish(self.path.read_bytes())


if __name__ == "__main__":
    style = {"path": WEB / "style.css", "content_type": "text/css"}
    saved = {"path": DATA / "wines.json", "content_type": "application/json"}
    picture = {"path": DATA / "wines.svg", "content_type": "image/svg+xml"}
    serve(
        [
            ("/", Page),
            ("/predict.json", Prediction),
            ("/wines.json", File, saved),
            ("/wines.svg", File, picture),
            ("/style.css", File, style),
        ],
        template_path=WEB,
        compiled_template_cache=False,
    )
