"""Real notebooks, and a repository with the feature in it."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "support"))
from made_once import made_once
from repositories import HERE, Repository

REPOSITORY = HERE.parents[2]


@pytest.fixture(scope="session")
def real_notebooks():
    """The texts of the notebooks of the templates, and of a package that has many."""
    wanted = HERE / "notebooks.txt"

    def download(directory):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
        pip += ["--require-hashes", "--requirement", wanted, "--dest", directory]
        ran = subprocess.run(pip, check=False, capture_output=True, text=True)
        if ran.returncode:
            pytest.skip(f"pip cannot download {wanted}: {ran.stderr.strip()[-200:]}")

    cache = made_once("clean-git", wanted.read_text(), download)
    with tarfile.open(next(cache.glob("*.tar.gz"))) as archive:
        members = sorted((m for m in archive if m.name.endswith(".ipynb")), key=lambda m: m.name)
        texts = [archive.extractfile(member).read().decode() for member in members]
    texts += [
        file.read_text("utf-8") for file in sorted(REPOSITORY.glob("templates/*/notebooks/*.ipynb"))
    ]
    return [text for text in texts if len(json.loads(text)["cells"]) >= 3]


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "lab")
