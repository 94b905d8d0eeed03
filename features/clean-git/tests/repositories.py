"""A git repository that a shell of the project has been entered in."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FEATURE = HERE.parent / "files/nix/features/clean-git"


class Repository:
    """A git repository that a shell of the project has been entered in."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory.parent),
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
        ran = self.source(script)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")

    def source(self, script):
        variables = {"NIX_JUPYTER_ROOT": str(self.directory), "nix_jupyter_env": sys.prefix}
        return self.run("bash", "-c", 'source "$0"', str(FEATURE / script), **variables)

    def run(self, *command, cwd=None, **variables):
        return subprocess.run(
            command,
            check=False,
            cwd=cwd or self.directory,
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
        (self.directory / name).parent.mkdir(parents=True, exist_ok=True)
        (self.directory / name).write_text(text, "utf-8")

    def read(self, name):
        return (self.directory / name).read_text("utf-8")

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
