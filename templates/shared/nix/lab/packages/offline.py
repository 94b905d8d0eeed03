"""The packages from PyPI in a bundle: downloaded for it, and unpacked for an installer."""

import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..base.files import anonymous
from ..base.project import Project
from ..base.terminal import Problem, Progress
from .backend import backend_of

MEMBER = ".bundle/packages.tar.gz"


def pack(copy: Project, staging: Path, target: Path, progress: Progress) -> None:
    """Download all that an installer needs to fill .venv, and pack it into `target`.

    Nothing is written where it needs nothing. Raises Problem where a package cannot be had.
    """
    copy.log("bundle").unlink(missing_ok=True)
    directory = staging / "packages"
    directory.mkdir()
    backend_of(copy).download(copy, directory, progress)
    if not any(directory.iterdir()):
        return
    _make_links_relative(directory)
    progress.show("Packing the packages from PyPI")
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        archive.add(directory, ".", filter=anonymous)
    shutil.rmtree(directory)


def _make_links_relative(directory: Path) -> None:
    """The cache of uv has links in it, with whole paths."""
    for parent, directories, files in os.walk(directory):
        for link in (Path(parent, name) for name in (*directories, *files)):
            if link.is_symlink() and link.readlink().is_absolute():
                target = os.path.relpath(link.readlink(), parent)
                link.unlink()
                link.symlink_to(target)


# What a start takes out of it.


@contextmanager
def packages(project: Project) -> Iterator[None]:
    """Unpack the packages from PyPI, for installers, as long as the block runs.

    Nothing without `lab start --from`. Raises Problem where the file cannot be read.
    """
    file = project.bundle
    if file is None:
        yield
        return
    directory = project.state / "from-bundle"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    try:
        try:
            _unpack(file, directory)
        except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
            message = f"{file} cannot be read: {error}."
            raise Problem(message, "copy it once more from where you have it") from None
        project.packages = directory
        yield
    finally:
        project.packages = None
        shutil.rmtree(directory, ignore_errors=True)


def _unpack(file: Path, directory: Path) -> None:
    with tarfile.open(file, "r:") as archive:
        if MEMBER not in archive.getnames():
            return
        inner = archive.extractfile(MEMBER)
        with tarfile.open(fileobj=inner, mode="r:gz") as packed:
            # No path leads out of the directory, and no link either.
            packed.extractall(directory, filter="data")
