"""The virtual environment (.venv): packages from PyPI on top of the ones from Nix."""
