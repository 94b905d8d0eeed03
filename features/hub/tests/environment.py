"""The real JupyterHub of the chart, from PyPI. Printed by this file: the folder of its environment."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "support"))
from made_once import made_once

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def environment() -> Path:
    """A virtual environment with the hub."""

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--only-binary=:all:"]
        subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)

    return made_once("hub", REQUIREMENTS.read_text(), make)


if __name__ == "__main__":
    print(environment())
