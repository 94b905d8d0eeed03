"""The packages from PyPI in a bundle: downloaded for it, and unpacked for an installer."""

import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..base.project import Project
from ..base.terminal import Problem, Progress
from . import installer, locks, requirements
from .backend import backend_of

MEMBER = ".bundle/packages.tar.gz"


def pack(copy: Project, staging: Path, target: Path, progress: Progress) -> None:
    """Download all that an installer needs to fill .venv, and pack it into `target`.

    Nothing is written where it needs nothing. Raises Problem where a package cannot be had.
    """
    copy.log("bundle").unlink(missing_ok=True)
    folder = staging / "packages"
    folder.mkdir()
    if copy.facts["venv"] == "uv":
        _fill_cache(copy, folder, progress)
    else:
        _fill_wheels(copy, folder, progress)
    if not any(folder.iterdir()):
        return
    _make_links_relative(folder)
    progress.show("Packing the packages from PyPI")
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        archive.add(folder, ".", filter=_anonymous)
    shutil.rmtree(folder)


def _fill_wheels(copy: Project, folder: Path, progress: Progress) -> None:
    """For pip. What has to be compiled would want the network once more, elsewhere."""
    locked = requirements.is_lock(copy)
    if absent := locks.missing(copy):
        message = f"requirements.in asks for {', '.join(absent)}, which is not locked."
        raise Problem(message, "lab lock    and commit requirements.txt")
    if not any(requirements.read(copy.root / "requirements.txt")):
        return
    command = [copy.facts["python"], "-I", "-m", "pip", "download", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(folder)]
    command += ["--no-deps", "--require-hashes"] if locked else []
    command += ["--requirement", "requirements.txt"]
    _download(copy, command, installer.for_pip(copy) | {"NIX_JUPYTER_SYNC": "1"}, progress)


def _fill_cache(copy: Project, folder: Path, progress: Progress) -> None:
    """For uv: a cache of its own, which holds packages of every kind of source."""
    venv = folder.with_name("venv")
    variables = installer.for_uv(copy) | {"UV_CACHE_DIR": str(folder)}
    variables["UV_PROJECT_ENVIRONMENT"] = str(venv)
    command = [copy.facts["uv"], "sync", "--locked", "--python", copy.facts["python"]]
    _download(copy, command, variables, progress)
    shutil.rmtree(venv)
    for other in folder.glob("interpreter-*"):  # of this computer
        shutil.rmtree(other)


def _download(
    copy: Project, command: list[str], variables: dict[str, str], progress: Progress
) -> None:
    lock = backend_of(copy).lock
    step = f"Downloading the packages of {lock}"
    if not installer.run(copy, command, variables, step, progress, "bundle"):
        what = f"The packages of {lock} could not be downloaded"
        raise installer.failure(copy, what, "look at the network, then try again", "bundle")


def _make_links_relative(folder: Path) -> None:
    """The cache of uv has links in it, with whole paths."""
    for parent, folders, files in os.walk(folder):
        for link in (Path(parent, name) for name in (*folders, *files)):
            if link.is_symlink() and link.readlink().is_absolute():
                target = os.path.relpath(link.readlink(), parent)
                link.unlink()
                link.symlink_to(target)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing about who packs it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


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
    folder = project.state / "from-bundle"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        try:
            _unpack(file, folder)
        except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
            message = f"{file} cannot be read: {error}."
            raise Problem(message, "copy it once more from where you have it") from None
        project.packages = folder
        yield
    finally:
        project.packages = None
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(file: Path, folder: Path) -> None:
    with tarfile.open(file, "r:") as archive:
        if MEMBER not in archive.getnames():
            return
        inner = archive.extractfile(MEMBER)
        with tarfile.open(fileobj=inner, mode="r:gz") as packed:
            # No path leads out of the folder, and no link either.
            packed.extractall(folder, filter="data")
