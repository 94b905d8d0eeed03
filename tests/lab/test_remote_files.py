"""Files that are written to while they are copied to another computer, or from there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from driver import LAB

# Adds a file to a tar, and does something to the file when the first of it is in there.
ADD = """
import hashlib, io, json, os, sys, tarfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from lab.remote.stream import add

class Out(io.BytesIO):
    begun = False
    def write(self, data):
        if not self.begun:
            self.begun = True
            exec(sys.argv[3])
        return super().write(data)

file, out = Path(sys.argv[2]), Out()
with tarfile.open(fileobj=out, mode="w|", format=tarfile.GNU_FORMAT, bufsize=512) as archive:
    digest = add(archive, "0", file)
    archive.addfile(tarfile.TarInfo("next"))
out.seek(0)
with tarfile.open(fileobj=out) as archive:
    names = archive.getnames()
    content = archive.extractfile(archive.getmember("0")).read()
print(json.dumps([digest, hashlib.sha256(content).hexdigest(), len(content), names]))
"""


@pytest.mark.parametrize(
    ("code", "size", "names"),
    [
        pytest.param("file.write_bytes(b'b' * 3000000)", 3000000, ["0", "next"], id="changed"),
        pytest.param("open(file, 'ab').write(b'b')", 3000000, ["0", "next"], id="longer"),
        pytest.param("os.truncate(file, 1000)", 1000, ["0", "0", "next"], id="shorter"),
        pytest.param("file.rename('old')", 3000000, ["0", "next"], id="gone"),
    ],
)
def test_what_is_noted_of_a_file_is_what_was_copied(
    tmp_path: Path, code: str, size: int, names: list[str]
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a" * 3000000)
    command = [sys.executable, "-I", "-B", "-c", ADD, str(LAB.parent), str(file), code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    noted, copied, length, found = json.loads(done.stdout)
    assert noted == copied
    assert (length, found) == (size, names)
