"""The real JupyterHub of the chart, from PyPI. Printed by this file: the folder of its environment."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def environment() -> Path:
    """A virtual environment with the hub, made once."""
    cache = os.environ.get("CREATE_NIX_JUPYTER_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "create-nix-jupyter"
    )
    key = hashlib.sha256(f"{sys.executable} {REQUIREMENTS.read_text()}".encode()).hexdigest()[:12]
    made = Path(cache, f"hub-{key}")
    if made.exists():
        return made
    part = Path(f"{made}.{os.getpid()}")
    subprocess.run([sys.executable, "-m", "venv", part], check=True)
    pip = [part / "bin/python", "-m", "pip", "install", "--quiet", "--only-binary=:all:"]
    subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
    try:
        part.rename(made)
    except OSError:  # another one was first
        shutil.rmtree(part)
    return made


if __name__ == "__main__":
    print(environment())
