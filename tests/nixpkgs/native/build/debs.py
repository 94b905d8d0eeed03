"""Unpack packages into a store path, in the shape that nixpkgs' packages have."""

import io
import os
import re
import shutil
import tarfile
import zipfile

ARCHITECTURE = "x86_64-linux-gnu"
UNWANTED = ("share/doc", "share/man", "share/info", "share/locale", "share/lintian", "lib64")
# Plug-ins for networks and graphics cards, whose own libraries nobody fetches.
PLUGINS = ("lib/ucx/", "lib/openmpi/", "lib/ucc/", "lib/libfabric/", "lib/hwloc/")


def unpack(archive: str, out: str) -> None:
    """Put the files of one package under `out`, without the leading usr/."""
    if archive.endswith(".whl"):
        _unpack_programs(archive, out)
        return
    with tarfile.open(fileobj=io.BytesIO(_data(archive))) as tar:
        links = []
        for member in tar:
            place = moved(member.name)
            if place is None:
                continue
            target = os.path.join(out, place)
            if member.isdir():
                os.makedirs(target, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if member.issym():
                links.append((member.linkname, target))
            elif member.islnk():
                shutil.copy2(os.path.join(out, moved(member.linkname)), target)
            else:
                with open(target, "wb") as file:
                    shutil.copyfileobj(tar.extractfile(member), file)
                os.chmod(target, 0o755 if member.mode & 0o111 else 0o644)
        for value, target in links:
            _link(value, target, out)


def _unpack_programs(wheel: str, out: str) -> None:
    """The programs of a Python wheel that is a program in disguise."""
    os.makedirs(f"{out}/bin")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if ".data/scripts/" in name:
                target = f"{out}/bin/{os.path.basename(name)}"
                with open(target, "wb") as file:
                    file.write(archive.read(name))
                os.chmod(target, 0o755)


def moved(name: str) -> str | None:
    """Where a file of a package goes, or None for what nobody reads."""
    path = os.path.normpath(name).removeprefix("usr/")
    path = path.replace(f"lib/{ARCHITECTURE}", "lib")
    # Debian keeps a choice of these, and makes the link only when it installs one.
    path = re.sub("^lib/(blas|lapack|openblas-pthread)/lib", "lib/lib", path)
    if path in (".", "usr") or path.startswith(UNWANTED + PLUGINS):
        return None
    return path


def _link(value: str, target: str, out: str) -> None:
    if value.startswith("/"):
        place = moved(value.lstrip("/"))
        if place is None:
            return
        value = os.path.relpath(os.path.join(out, place), os.path.dirname(target))
    if not os.path.lexists(target):
        os.symlink(value, target)


def _data(archive: str) -> bytes:
    """The data.tar member of a .deb, which is an ar archive."""
    with open(archive, "rb") as file:
        file.read(8)
        while header := file.read(60):
            name, size = header[:16].decode().strip(), int(header[48:58])
            if name.startswith("data.tar"):
                return file.read(size)
            file.seek(size + size % 2, os.SEEK_CUR)
    raise SystemExit(f"{archive} holds no data")
