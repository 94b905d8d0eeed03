"""What tests need beyond the repository, and PyPI has: made once, in the cache."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path


def made_once(name: str, wanted: object, make: Callable[[Path], None]) -> Path:
    """The directory of the cache that `make` has filled, for this Python and what is wanted in it.

    It is filled beside its place and renamed: what was cut short is nowhere, of two at once the
    first one wins, and no rename leads from one disk to another.
    """
    cache = os.environ.get("CREATE_NIX_JUPYTER_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "create-nix-jupyter"
    )
    key = hashlib.sha256(f"{sys.executable} {wanted}".encode()).hexdigest()[:12]
    directory = Path(cache, f"{name}-{key}")
    if directory.exists():
        return directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    part = Path(f"{directory}.{os.getpid()}.part")
    try:
        make(part)
        if not directory.exists():
            part.rename(directory)
    except OSError:
        if not directory.exists():  # else another one was first
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return directory
