"""A project's .venv: what it is asked to hold, and what it holds."""

import subprocess

from driver import Lab


def want(lab: Lab, requirements: str, key: str) -> None:
    """Change requirements.txt, upon which nix/activate.sh finds another key."""
    (lab.root / "requirements.txt").write_text(f"{requirements}\n")
    lab.key = key


def imported(lab: Lab, module: str) -> str:
    """The version of a module in .venv; empty when it is not there."""
    code = f"import {module}; print({module}.version)"
    python = str(lab.root / ".venv" / "bin" / "python")
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def stamp(lab: Lab) -> str:
    """The key that .venv was made for."""
    return (lab.root / ".venv" / ".nix-jupyter-key").read_text().splitlines()[0]
