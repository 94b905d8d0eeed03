"""Runs the folder as the package that it is: `python3 -I nix/lab start`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from lab.cli import main

    sys.exit(main(sys.argv[1:]))
