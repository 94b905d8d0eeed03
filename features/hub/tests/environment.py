"""The real JupyterHub of the chart, from PyPI. This file prints the directory of its environment."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[3] / "tests"
sys.path += [str(TESTS / "support"), str(TESTS / "provision")]
import installers
import machine
from made_once import made_once

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def environment() -> Path:
    """A virtual environment with the hub."""

    def make(directory: Path) -> None:
        uv = installers.uv(machine.cache_directory())
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, directory], check=True)
        install = [uv, "pip", "install", "--quiet", "--only-binary", ":all:"]
        install += ["--python", directory / "bin/python", "--requirement", REQUIREMENTS]
        subprocess.run(install, check=True)

    return made_once("hub", REQUIREMENTS.read_text(), make)


if __name__ == "__main__":
    print(environment())
