"""Real notebooks, and a repository with the feature in it."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "support"))
from made_once import made_once

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
FEATURE = HERE.parent / "files/nix/features/clean-git"


@pytest.fixture(scope="session")
def real_notebooks():
    """The texts of the notebooks of the templates, and of a package that has many."""
    wanted = HERE / "notebooks.txt"

    def download(folder):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
        pip += ["--require-hashes", "--requirement", wanted, "--dest", folder]
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


class Repository:
    """A git repository that a shell of the project has been entered in."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{
                f"GIT_{who}_{what}": "t@example.org"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }
        self.git("init", "--quiet", "--initial-branch=main")
        manifest = json.loads((HERE.parent / "feature.json").read_text())
        self.write(
            ".gitattributes", "\n".join(["*.ipynb text eol=lf", *manifest["attributes"], ""])
        )
        self.commit("base")

    def enter(self, script="enter.sh"):
        """What the shell of the project does. The interpreter is that of the tests."""
        variables = {"NIX_JUPYTER_ROOT": str(self.folder), "nix_jupyter_env": sys.prefix}
        ran = self.run("bash", "-c", 'source "$0"', str(FEATURE / script), **variables)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")

    def run(self, *command, **variables):
        return subprocess.run(
            command,
            check=False,
            cwd=self.folder,
            env={**self.env, **variables},
            capture_output=True,
            text=True,
        )

    def git(self, *arguments):
        """What git prints. Anything but exit code 0 is an error."""
        ran = self.run("git", *arguments)
        assert ran.returncode == 0, (arguments, ran.stdout, ran.stderr)
        return ran.stdout

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, "utf-8")

    def read(self, name):
        return (self.folder / name).read_text("utf-8")

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def objects(self):
        """All contents that git has, of every branch and of none."""
        listed = self.git(
            "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"
        )
        names = [line.split()[0] for line in listed.splitlines() if line.endswith("blob")]
        return [self.git("cat-file", "blob", name) for name in names]


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "lab")
