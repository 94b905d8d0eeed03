"""The notebook and the page fit together: what the notebook saves is what server.py shows."""

import html
import json
import re
import shutil
import tempfile
import unittest
from pathlib import Path
from urllib.parse import urlencode

import nbformat
from nbclient import NotebookClient
from running import PATIENT, PROJECT, Server, need_server

BAROLO = {"alcohol": 13.75, "flavanoids": 2.98, "color_intensity": 5.4, "proline": 1095}


class Datasci(unittest.TestCase):
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
        shutil.copytree(PROJECT / "notebooks", cls.copy / "notebooks")
        cls.result = cls.copy / "data" / "wines.json"

        notebook = nbformat.read(cls.copy / "notebooks" / "start.ipynb", as_version=4)
        where = {"metadata": {"path": str(cls.copy / "notebooks")}}
        NotebookClient(notebook, timeout=300, resources=where).execute(env=PATIENT)
        cls.saved = cls.result.read_text(encoding="utf-8")

        state = tempfile.TemporaryDirectory()
        cls.addClassCleanup(state.cleanup)
        cls.server = Server(state.name, cls.copy)
        cls.addClassCleanup(cls.server.end)

    def setUp(self):
        self.result.write_text(self.saved, encoding="utf-8")

    def get(self, path, query=None):
        status, _, text = self.server.ask("GET", f"{path}?{urlencode(query)}" if query else path)
        return status, text

    def get_json(self, path, query=None):
        status, body = self.get(path, query)
        return status, json.loads(body)

    def test_page_shows_picture_and_form(self):
        status, page = self.get("/")
        self.assertEqual(200, status)
        self.assertIn('src="/wines.svg"', page)
        self.assertIn('name="alcohol"', page)
        status, picture = self.get("/wines.svg")
        self.assertEqual(200, status)
        self.assertIn("<svg", picture)

    def test_what_it_links_to_answers(self):
        _, page = self.get("/")
        links = [html.unescape(link) for link in re.findall(r'href="(/[^"]*)"', page)]
        self.assertTrue(any(link.startswith("/predict.json?") for link in links), links)
        for link in links:
            self.assertEqual(200, self.get(link)[0], link)

    def test_names_a_wine(self):
        status, answer = self.get_json("/predict.json", BAROLO)
        self.assertEqual(200, status)
        self.assertEqual("Barolo", answer["wine"])
        self.assertAlmostEqual(1, sum(answer["chances"].values()))
        status, page = self.get("/", BAROLO)
        self.assertEqual(200, status)
        self.assertIn("Probably Barolo", page)

    def test_agrees_with_scikit_learn(self):
        """server.py computes by hand what the model of the notebook would have said."""
        from sklearn.datasets import load_wine
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        wines = load_wine(as_frame=True)
        features = wines.data[list(BAROLO)]
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, wines.target)
        for row in (0, 65, 150):
            expected = sorted(model.predict_proba(features.iloc[[row]])[0], reverse=True)
            _, answer = self.get_json("/predict.json", features.iloc[row].to_dict())
            for ours, theirs in zip(answer["chances"].values(), expected, strict=True):
                self.assertAlmostEqual(theirs, ours, places=6)

    def test_bad_input_is_refused_politely(self):
        bad = ["", "wine", "nan", "inf", "-1", "1e999", "<script>alert(1)</script>", "13;DROP"]
        for alcohol in bad:
            with self.subTest(alcohol=alcohol):
                status, answer = self.get_json("/predict.json", BAROLO | {"alcohol": alcohol})
                self.assertEqual(400, status)
                self.assertIn("Alcohol", answer["error"])
                status, page = self.get("/", BAROLO | {"alcohol": alcohol})
                self.assertEqual(400, status)
                self.assertNotIn("Traceback", page)
                self.assertNotIn("<script", page)
        self.assertEqual(400, self.get_json("/predict.json")[0])

    def test_new_result_is_shown_at_once(self):
        changed = json.loads(self.saved) | {"bottles": 4321}
        self.result.write_text(json.dumps(changed), encoding="utf-8")
        self.assertIn("4321 bottles", self.get("/")[1])
        self.assertEqual(4321, self.get_json("/wines.json")[1]["bottles"])

    def test_result_is_text_and_never_markup(self):
        changed = self.saved.replace("Barolo", "<b>Barolo</b>")
        self.result.write_text(changed, encoding="utf-8")
        page = self.get("/", BAROLO)[1]
        self.assertIn("&lt;b&gt;Barolo", page)
        self.assertNotIn("<b>Barolo", page)

    def test_no_result_yet(self):
        for content in (None, "", "{}", '{"bottles": 1', "[1]", '"text"'):
            with self.subTest(content=content):
                self.result.unlink(missing_ok=True)
                if content is not None:
                    self.result.write_text(content, encoding="utf-8")
                status, page = self.get("/", BAROLO)
                self.assertEqual(200, status)
                self.assertIn("notebooks/start.ipynb", page)
                self.assertNotIn(".json", page)  # it would be a link to an error
                status, answer = self.get_json("/predict.json", BAROLO)
                self.assertEqual(503, status)
                self.assertIn("notebooks/start.ipynb", answer["error"])


if __name__ == "__main__":
    unittest.main()
