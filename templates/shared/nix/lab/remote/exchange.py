"""`lab exchange`, which runs on the other computer: what was changed there, for the one who asks.

It reads the hashes that are known, and writes a tar with what is different, under numbers, and at
last the index. So a tar that was cut short is known.
"""

import io
import json
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .files import hash_of, left_out

IN_MEMORY = 1 << 23


def serve() -> int:
    """Write the files of this project that are not as the one who asks knows them."""
    root = Path(os.environ["NIX_JUPYTER_ROOT"])
    known = json.load(sys.stdin)
    names, found = [], set()
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for path in _files(root):
            found.add(path)
            try:
                if hash_of(root / path) in (None, known.get(path)):
                    continue
                _add(archive, str(len(names)), root / path)
                names.append([path, os.access(root / path, os.X_OK)])
            except FileNotFoundError:
                continue  # gone meanwhile
        deleted = sorted(path for path in known if path not in found)
        text = json.dumps({"files": names, "deleted": deleted}).encode()
        member = tarfile.TarInfo("index")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return 0


def _add(archive: tarfile.TarFile, name: str, file: Path) -> None:
    with open(file, "rb") as opened, tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        # It may be written to at this moment: what is sent has one size.
        shutil.copyfileobj(opened, copy)
        member = tarfile.TarInfo(name)
        member.size = copy.tell()
        copy.seek(0)
        archive.addfile(member, copy)


def _files(root: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(root):
        here = os.path.relpath(parent, root)
        folders[:] = [name for name in folders if not left_out(os.path.join(here, name))]
        for name in files:
            path = os.path.normpath(os.path.join(here, name))
            if not os.path.islink(os.path.join(parent, name)) and not left_out(path):
                yield path
