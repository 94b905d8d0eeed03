"""requirements.txt where it is the lock of requirements.in: what stands in it."""

import re

from ..base.project import Project
from .names import canonical

# A name with its version or address. What follows, indented, are hashes and who has asked for it.
_ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[.*\])?(?:==([^\s;\\]+)|\s*@\s*(\S+))(.*\n?(?:[ \t].*\n?)*)",
    re.MULTILINE,
)
_ANY_ENTRY = re.compile(r"^(?![#\s-]).+(?:\n[ \t].*)*", re.MULTILINE)
_LEFT_OUT = "# The following packages were excluded from the output:"


def is_lock(project: Project) -> bool:
    """Is it written by `lab lock`? Without requirements.in it is the user's own file."""
    return project.facts["venv"] != "uv" and (project.root / "requirements.in").exists()


def read(project: Project) -> str:
    """The whole file; empty when it is not there."""
    file = project.root / "requirements.txt"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def pins_in(lock: str) -> dict[str, tuple[str, str]]:
    """Version and address of each package, of which one is empty, by canonical name."""
    return {canonical(name): (version, url) for name, version, url, _ in _ENTRY.findall(lock)}


def direct(lock: str) -> list[str]:
    """The packages that are in it because requirements.in itself asks for them."""
    found = _ENTRY.findall(lock)
    return [canonical(name) for name, _, _, rest in found if "-r requirements.in" in rest]


def unhashed(lock: str) -> list[str]:
    """What has no hash, and so was not written by `lab lock`."""
    entries = [entry for entry in _ANY_ENTRY.findall(lock) if "--hash=" not in entry]
    return [re.split(r"\s#", entry)[0].strip() for entry in entries]


def left_to_nix(lock: str) -> list[str]:
    """The packages that it leaves out because Nix has them."""
    _, mark, rest = lock.partition(_LEFT_OUT)
    return re.findall(r"^# (\S+)$", rest, re.MULTILINE) if mark else []
