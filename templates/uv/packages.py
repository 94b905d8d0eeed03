"""What is installed in this environment, and why: read from the environment itself and from uv.lock."""

import re
import sysconfig
import tomllib
from collections import defaultdict, deque
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distributions
from pathlib import Path

LOCK = Path(__file__).resolve().parent / "uv.lock"


@dataclass(frozen=True)
class Package:
    """One installed package."""

    name: str
    version: str
    locked: str  # its version in uv.lock; empty if it is not there
    summary: str
    size: int  # bytes on disk
    why: tuple[str, ...]  # from what pyproject.toml asks for, step by step, to this package
    needed_by: tuple[str, ...]

    @property
    def asked_for(self) -> bool:
        return len(self.why) == 1


def read_lock() -> dict[str, dict]:
    """The packages of uv.lock by name, those for other systems too. The project itself is `""`."""
    if not LOCK.exists():
        return {}
    found = tomllib.loads(LOCK.read_text()).get("package", [])
    return {"" if "." in p["source"].values() else p["name"]: p for p in found}


def needs_of(package: dict) -> list[str]:
    """What a package of the lock needs; uv lists an extra only where somebody asked for it."""
    groups = [
        package.get("dependencies", []),
        *package.get("optional-dependencies", {}).values(),
        *package.get("dev-dependencies", {}).values(),
    ]
    return sorted({needed["name"] for group in groups for needed in group})


def shortest_ways(needs: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """For each package the shortest chain that begins with something that you asked for."""
    ways = {}
    waiting = deque((name,) for name in needs.get("", []))
    while waiting:
        way = waiting.popleft()
        if way[-1] not in ways:
            ways[way[-1]] = way
            waiting.extend((*way, name) for name in needs.get(way[-1], []))
    return ways


def installed() -> list[Package]:
    """All packages of this environment by name; read again when the environment has changed."""
    site = Path(sysconfig.get_path("purelib"))
    return list(_installed(*(path.stat().st_mtime_ns for path in (site, LOCK) if path.exists())))


@lru_cache(maxsize=1)
def _installed(*_changed: int) -> tuple[Package, ...]:
    lock = read_lock()
    needs = {name: needs_of(package) for name, package in lock.items()}
    ways = shortest_ways(needs)
    found = {
        re.sub(r"[-_.]+", "-", distribution.name).lower(): distribution
        for distribution in distributions()
    }
    needed_by = defaultdict(list)
    for name in sorted(found):
        for needed in needs.get(name, []):
            needed_by[needed].append(name)
    return tuple(
        Package(
            name=name,
            version=distribution.version,
            locked=lock.get(name, {}).get("version", ""),
            summary=distribution.metadata["Summary"] or "",
            size=sum(file.size or 0 for file in distribution.files or ()),
            why=ways.get(name, ()),
            needed_by=tuple(needed_by[name]),
        )
        for name, distribution in sorted(found.items())
    )
