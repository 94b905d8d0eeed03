"""Small packages of our own, so that installing needs no network and fails when it shall."""

import base64
import hashlib
import io
import os
import tarfile
import zipfile
from pathlib import Path


def wheel(
    directory: Path, name: str, version: str = "1.0", requires: str = "", source: str = ""
) -> str:
    """Put a wheel with one module into a directory; its hash comes back."""
    directory.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    if requires:
        metadata += f"Requires-Dist: {requires}\n"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-version = {name}:show\n",
    }
    files[f"{name}.py"] += f"def show():\n    print(version)\n{source}"
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items())
    path = directory / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sources(directory: Path, name: str) -> str:
    """Put sources into a directory that cannot be compiled, and no wheel; their hash comes back."""
    directory.mkdir(exist_ok=True)
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "pyproject.toml": "[build-system]\nrequires = []\n"
        'build-backend = "it"\nbackend-path = ["."]\n',
        "it.py": "raise ImportError('numpy.distutils')\n",
    }
    path = directory / f"{name}-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{file}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def only_from(directory: Path, root: Path) -> dict[str, str]:
    """Make pip (by variables) and uv (by a file) take packages from that directory only."""
    (root / "uv.toml").write_text(f'no-index = true\nfind-links = ["{directory}"]\n')
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(directory),
        "PIP_CONFIG_FILE": os.devnull,
    }
