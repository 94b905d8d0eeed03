"""The notebook and the page fit together: what the notebook trains is what server.py asks."""

import contextlib
import io
import json
import pickle
import shutil
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlencode

import nbformat
import torch
from nbclient import NotebookClient
from running import PATIENT, PROJECT, Server, need_server

NOTEBOOK = nbformat.read(PROJECT / "notebooks" / "start.ipynb", as_version=4)


class Playground(unittest.TestCase):
    """All tests share one copy of the project in which the notebook ran, and one server."""

    @classmethod
    def setUpClass(cls):
        need_server()
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.copy = Path(directory.name)
        for path in PROJECT.glob("*.py"):
            shutil.copy(path, cls.copy)
        shutil.copytree(PROJECT / "web", cls.copy / "web")
        (cls.copy / "notebooks").mkdir()
        cls.file = cls.copy / "data" / "spiral.pt"

        where = {"metadata": {"path": str(cls.copy / "notebooks")}}
        NotebookClient(NOTEBOOK, timeout=300, resources=where).execute(env=PATIENT)
        cls.saved = torch.load(cls.file, weights_only=True)

        state = tempfile.TemporaryDirectory()
        cls.addClassCleanup(state.cleanup)
        cls.server = Server(state.name, cls.copy)
        cls.addClassCleanup(cls.server.end)

    def setUp(self):
        self.save(self.saved)

    def save(self, content):
        """Replace the file in one step, so that each time it is a new one."""
        torch.save(content, self.file.with_suffix(".new"))
        self.file.with_suffix(".new").replace(self.file)

    def get(self, path, query=None):
        status, _, text = self.server.ask("GET", f"{path}?{urlencode(query)}" if query else path)
        return status, text

    def get_json(self, query=None):
        status, body = self.get("/predict.json", query)
        return status, json.loads(body)

    def test_page_shows_map_and_form(self):
        status, page = self.get("/")
        self.assertEqual(200, status)
        self.assertIn("Click on the spiral", page)
        self.assertIn('name="x"', page)
        self.assertIn("Answers come from", page)
        self.assertEqual(40 * 40, page.count("<rect"))

    def test_knows_the_arms(self):
        right = 0
        for (x, y), arm in zip(self.saved["points"][::30], self.saved["arms"][::30], strict=True):
            status, answer = self.get_json({"x": x.item(), "y": y.item()})
            self.assertEqual(200, status)
            self.assertAlmostEqual(1, sum(answer["chances"]), places=4)
            self.assertIn(answer["device"], ("cpu", "cuda", "mps"))
            right += answer["arm"] == arm.item() + 1
        self.assertGreaterEqual(right, 27, "of 30 points that it has learned")

    def test_click_on_the_map_is_answered(self):
        _, page = self.get("/")
        link = page.split('href="/?')[1].split('"')[0].replace("&amp;", "&")
        status, page = self.get(f"/?{link}")
        self.assertEqual(200, status)
        self.assertIn('class="chosen"', page)

    def test_bad_input_is_refused_politely(self):
        for x in ("", "left", "nan", "inf", "-2", "1e999", "<script>alert(1)</script>"):
            with self.subTest(x=x):
                status, answer = self.get_json({"x": x, "y": "0"})
                self.assertEqual(400, status)
                self.assertIn("x has to be a number", answer["error"])
                status, page = self.get("/", {"x": x, "y": "0"})
                self.assertEqual(400, status)
                self.assertNotIn("Traceback", page)
                self.assertNotIn("<script", page)
        self.assertEqual(400, self.get_json()[0])

    def test_new_network_answers_at_once(self):
        point = {"x": 0, "y": 0}
        for arm in (0, 1, 2):
            weights = {name: torch.zeros_like(each) for name, each in self.saved["weights"].items()}
            last_bias = list(weights)[-1]
            weights[last_bias][arm] = 9
            self.save(self.saved | {"weights": weights})
            self.assertEqual(arm + 1, self.get_json(point)[1]["arm"])

    def test_file_is_numbers_and_never_a_program(self):
        class Trap:
            def __reduce__(self):
                return (open, (str(trace), "w"))

        trace = self.copy / "trace"
        self.file.write_bytes(pickle.dumps(Trap()))
        self.assertIn("There is no network yet", self.get("/")[1])
        self.save({"sizes": Trap()})
        self.assertIn("There is no network yet", self.get("/")[1])
        self.assertFalse(trace.exists(), "the file ran as a program")

    def test_no_network_yet(self):
        whole = self.file.read_bytes()
        for content in (None, b"", b"text", whole[:1000]):
            with self.subTest(content=content and content[:10]):
                self.file.unlink(missing_ok=True)
                if content is not None:
                    self.file.write_bytes(content)
                status, page = self.get("/", {"x": 0, "y": 0})
                self.assertEqual(200, status)
                self.assertIn("notebooks/start.ipynb", page)
                status, answer = self.get_json({"x": 0, "y": 0})
                self.assertEqual(503, status)
                self.assertIn("notebooks/start.ipynb", answer["error"])


class WhyNoCard(unittest.TestCase):
    """The cell that looks for a graphics card, in situations that this machine need not be in."""

    def say(self, cuda, present=(), error=None):
        [cell] = [cell.source for cell in NOTEBOOK.cells if cell.id == "device"]
        said = io.StringIO()
        with (
            patch.object(torch.version, "cuda", cuda),
            patch.object(torch.cuda, "is_available", return_value=False),
            patch.object(torch.backends.mps, "is_available", return_value=False),
            patch.object(torch.cuda, "init", side_effect=error),
            patch.object(Path, "exists", lambda path: str(path) in present),
            contextlib.redirect_stdout(said),
        ):
            exec(cell, {})  # noqa: S102 (the cell is our own)
        self.assertTrue(said.getvalue().startswith("cpu: "))
        return said.getvalue()

    def test_no_card(self):
        self.assertIn("No NVIDIA driver was found", self.say(None))

    def test_card_but_shell_for_the_processor(self):
        for place in ("/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1"):
            self.assertIn("cudaSupport = true", self.say(None, [place]))

    def test_driver_too_old(self):
        error = RuntimeError("The NVIDIA driver on your system is too old (found version 11040).")
        said = self.say("12.8", error=error)
        self.assertIn("too old for CUDA 12.8", said)
        self.assertIn("525", said)

    def test_driver_not_found(self):
        said = self.say("12.8", error=RuntimeError("Found no NVIDIA driver on your system."))
        self.assertIn("lab doctor", said)

    def test_something_else(self):
        self.assertIn("CUDA says: bad", self.say("12.8", error=RuntimeError("bad\nweather")))
        self.assertIn("nvidia-smi", self.say("12.8"))


if __name__ == "__main__":
    unittest.main()
