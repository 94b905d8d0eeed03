"""Every notebook runs from top to bottom, in a copy, so that nothing in the project changes.

Data is linked and not copied, as there can be much of it: a notebook that writes over a file of
data does so here as well.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from running import PATIENT, PROJECT

NOT_COPIED = shutil.ignore_patterns(
    ".env*", ".git", ".venv", ".direnv", ".nix-jupyter", "result*", ".ipynb_checkpoints"
)
CODE = (".py", ".ipynb", ".toml", ".json", ".css", ".js", ".html", ".md")  # where there is no git
LARGE = 1 << 20
SECONDS_PER_CELL = 300


def made_of():
    """The files that the project itself is made of. All others are its user's data."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=False
        )
    except FileNotFoundError:
        done = None
    if done and done.returncode == 0:
        return {str(PROJECT / name) for name in os.fsdecode(done.stdout).split("\0")}
    return {str(file) for file in PROJECT.rglob("*") if file.suffix in CODE}


class Bring:
    """Brings a file into the copy: the project's own as a copy, and data as a link."""

    def __init__(self):
        self.files = made_of()

    def __call__(self, source, target):
        if source in self.files and os.path.getsize(source) <= LARGE:
            shutil.copy2(source, target)
        else:
            os.symlink(source, target)


class Notebooks(unittest.TestCase):
    def test_every_notebook_runs(self):
        """Run each notebook in its own directory, as JupyterLab does."""
        with tempfile.TemporaryDirectory() as directory:
            copy = Path(directory, "project")
            # What a notebook keeps for the project's server must not change under the user.
            state = Path(directory, "state")
            state.mkdir(mode=0o700)
            self.environment = PATIENT | {"NIX_JUPYTER_STATE": str(state)}
            shutil.copytree(PROJECT, copy, ignore=NOT_COPIED, symlinks=True, copy_function=Bring())
            paths = sorted(copy.glob("notebooks/**/*.ipynb"))
            self.assertTrue(paths, "there is no notebook under notebooks/")
            for path in paths:
                with self.subTest(notebook=str(path.relative_to(copy))):
                    self.run_notebook(path)

    def run_notebook(self, path):
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook,
            timeout=SECONDS_PER_CELL,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        )
        try:
            client.execute(env=self.environment)
        except CellExecutionError as error:
            self.fail(str(error))


# JupyterLab and what it stands on have the security fixes that are known today.


TABLE = Path(__file__).resolve().parents[1] / "nix" / "lab" / "packages" / "known.json"
FIX = "Run `nix flake update` (or, with uv, `uv lock --upgrade`), then `./start --again`."


def numbers(text):
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


class SecurityFloor(unittest.TestCase):
    def test_every_package_of_the_table(self):
        for name, rule in json.loads(TABLE.read_text())["floors"].items():
            with self.subTest(name):
                try:
                    found = version(name)
                except PackageNotFoundError:
                    self.assertNotIn("needed", rule)
                    continue
                floors = [numbers(floor) for floor in rule["floors"]]
                same = [floor for floor in floors if floor[:2] == numbers(found)[:2]]
                floor = (same or floors)[-1]
                self.assertGreaterEqual(numbers(found), floor, f"{name}: {rule['why']}. {FIX}")
                self.assertNotIn(found, rule.get("not", []), f"{name}: {rule['why']}. {FIX}")


if __name__ == "__main__":
    unittest.main()
