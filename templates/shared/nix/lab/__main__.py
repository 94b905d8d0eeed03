"""The `lab` command of this project. It is run as a folder: `python3 -I nix/lab start`."""

import sys

from cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
