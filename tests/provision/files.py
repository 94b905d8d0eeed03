"""Files that somebody else may be reading."""

import os
from pathlib import Path


def replace(target: Path, text: str) -> None:
    """Write a file by rename: who reads it meanwhile has the old one or the new one, and never a part."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.write_text(text)
    part.rename(target)
