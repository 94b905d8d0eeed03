"""A project with the feature report, as far as its program looks at it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import programs

FEATURE = Path(__file__).resolve().parents[1]
ENVIRONMENT = Path(os.environ["LAB_TEST_ENVIRONMENT"])
RUN = FEATURE / "files/nix/features/report/run"
EXAMPLE = FEATURE / "files/notebooks/report.ipynb"


class Scene:
    """A project with the feature, as far as its program looks at it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = {
            "PATH": f"{programs.packages() / 'programs'}:{os.environ['PATH']}",
            "HOME": str(root.parent),
            "IPYTHONDIR": str(root.parent / "ipython"),
            "NIX_JUPYTER_ROOT": str(root),
            "LANG": "C.UTF-8",
        }
        self.command = [str(ENVIRONMENT / "bin/python3"), "-I", "-B", str(RUN)]
        (root / "notebooks").mkdir(parents=True)
        shutil.copy(EXAMPLE, root / "notebooks")

    def __call__(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *words],
            cwd=self.root,
            env=self.env | env,
            capture_output=True,
            text=True,
            check=False,
        )

    def check(self, *words: str) -> list[str]:
        """Run what must succeed; what stands in the directory that it prints, line by line."""
        done = self(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def notebook(self, name: str, *sources: str, tags: tuple[str, ...] = ()) -> Path:
        """Write a notebook of code cells; the first has the tags."""
        cells = [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "source": source,
                "metadata": {"tags": [*tags]} if number == 0 else {},
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(sources)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        file = self.root / "notebooks" / name
        content = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        file.write_text(json.dumps(content))
        return file

    def made(self) -> list[str]:
        """The names in reports/, without the date."""
        directory = self.root / "reports"
        names = os.listdir(directory) if directory.exists() else []
        return sorted(re.sub(r"-\d{4}-\d\d-\d\d-\d{6}", "", name) for name in names)
