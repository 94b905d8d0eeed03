"""A fault of `lab` itself: the details go to a file, and the user gets its name."""

import os
import sys
import tempfile
import traceback
from pathlib import Path

from problem import here


def report() -> int:
    """Keep the traceback of the exception at hand and say where it is."""
    folder = Path(os.environ.get("NIX_JUPYTER_STATE") or tempfile.gettempdir())
    error = sys.exc_info()[1]
    file = folder / "lab-error.log"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8") as log:
            log.write(f"lab {' '.join(sys.argv[1:])}\n{traceback.format_exc()}")
        details = f"The details are in {file}."
    except OSError:
        details = f"The details could not be written to {file}."
    name = type(error).__name__
    print(f"lab failed in a way that it does not know: {name}: {error}.", file=sys.stderr)
    print(f"{details}\n  Next: {here('lab doctor')}", file=sys.stderr)
    return 1
