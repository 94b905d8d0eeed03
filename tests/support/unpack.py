"""Lay the layers of an image over each other: standard input is what the script of the image writes.

Arguments: where the files that describe it go, where the layers go, and whether to
print the SHA-256 of all. Each layer goes into its place as it comes, and is not on the disk a second time.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

CHUNK = 1 << 20
archive, root, *hashed = sys.argv[1:]


class Source:
    """What is read, and its hash."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """As of a file."""
        read = sys.stdin.buffer.read(size)
        if hashed:
            self.hash.update(read)
        return read


source = Source()
layers = []
# Layers end in zeros, one after the other: so one tar takes them all.
tar = ["tar", "-x", "-p", "--ignore-zeros", "--numeric-owner", "--blocking-factor=2048", "-C", root]
with (
    subprocess.Popen(tar, stdin=subprocess.PIPE) as unpacking,
    tarfile.open(fileobj=source, mode="r|", bufsize=CHUNK) as written,
):
    for member in written:
        file = written.extractfile(member)
        if member.name.endswith(".json"):
            Path(archive, member.name).write_bytes(file.read())
        else:
            layers.append(member.name)
            shutil.copyfileobj(file, unpacking.stdin, CHUNK)
    unpacking.stdin.close()
    while source.read(CHUNK):
        pass
if unpacking.returncode:
    sys.exit(f"tar ended with {unpacking.returncode}")
Path(archive, "layers").write_text("\n".join(layers))
print(source.hash.hexdigest() if hashed else "")
