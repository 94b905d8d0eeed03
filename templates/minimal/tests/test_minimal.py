"""The page of a notebook shows what it holds, and nothing in it can run there."""

import sys
import tempfile
import unittest
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from running import PROJECT, need_server

sys.path.insert(0, str(PROJECT))

HOSTILE = """# A heading

Text, <script>alert(1)</script> <img src="x" onerror="alert(2)"> [a link](javascript:alert(3)) `a < b`
"""


class RenderedNotebook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need_server()
        import server

        table = "<style>td {}</style><table><tr><td onclick='alert(4)'>a cell</td></tr></table>"
        output = new_output("display_data", {"text/html": table})
        notebook = new_notebook(
            cells=[new_markdown_cell(HOSTILE), new_code_cell("1 + 1", outputs=[output])]
        )
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "hostile.ipynb")
            nbformat.write(notebook, path)
            cls.page = server.render(path, path.stat().st_mtime)

    def test_shows_text_code_and_tables(self):
        for part in ("A heading</h1>", "a cell</td>", "<code>a &lt; b</code>", "highlight"):
            self.assertIn(part, self.page)

    def test_runs_nothing(self):
        for part in ("alert", "<script", "<style", "onerror", "onclick", "javascript:"):
            self.assertNotIn(part, self.page)


if __name__ == "__main__":
    unittest.main()
