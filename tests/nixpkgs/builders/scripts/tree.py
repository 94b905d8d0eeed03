"""Merge store paths into one tree of symbolic links, as buildEnv does."""

import filecmp
import os
from dataclasses import dataclass

# Of no use in an environment, or the same in every package.
LEFT_OUT = ("propagated-build-inputs", "nix-support", "perllocal.pod", "info/dir", "log")


class Collision(SystemExit):
    """Two packages want to be the same file."""


@dataclass(frozen=True)
class Origin:
    """One path that provides an entry, and how much it weighs (less is more)."""

    path: str
    priority: int = 5


@dataclass(frozen=True)
class Rules:
    """What is linked, and what happens when two files meet."""

    only: tuple[str, ...] = ("/",)
    ignore_collisions: bool = False
    compare_contents: bool = True


def merge(out: str, origins: list[Origin], rules: Rules) -> None:
    """Fill `out` from every origin. A directory that one alone provides becomes one link."""
    _fill(out, "", origins, rules)


def _fill(out: str, inner: str, origins: list[Origin], rules: Rules) -> None:
    os.makedirs(out + inner, exist_ok=True)
    entries: dict[str, list[Origin]] = {}
    for origin in origins:
        for name in sorted(os.listdir(origin.path)):
            place = f"{inner}/{name}"
            if not place.endswith(tuple(f"/{each}" for each in LEFT_OUT)):
                found = Origin(f"{origin.path}/{name}", origin.priority)
                entries.setdefault(name, []).append(found)
    for name, found in entries.items():
        _entry(out, f"{inner}/{name}", found, rules)


def _entry(out: str, place: str, found: list[Origin], rules: Rules) -> None:
    wanted = _wanted(place, rules.only)
    if wanted == "no":
        return
    directories = [each for each in found if os.path.isdir(each.path)]
    if directories and len(directories) == len(found) and (len(found) > 1 or wanted == "below"):
        _fill(out, place, directories, rules)
    elif wanted == "yes":
        os.symlink(_winner(out, place, found, rules).path, out + place)


def _wanted(place: str, only: tuple[str, ...]) -> str:
    """Whether a place is linked, or lies on the way to one that is."""
    for each in only:
        if each == "/" or place == each or place.startswith(f"{each}/"):
            return "yes"
    on_the_way = any(each.startswith(f"{place}/") for each in only)
    return "below" if on_the_way else "no"


def _winner(out: str, place: str, found: list[Origin], rules: Rules) -> Origin:
    best = min(found, key=lambda each: each.priority)
    for other in found:
        same_rank = other is not best and other.priority == best.priority
        if same_rank and not _same(best.path, other.path, rules.compare_contents):
            text = f"collision at {place[1:]}: {best.path} and {other.path}"
            if not rules.ignore_collisions:
                raise Collision(f"error: {text}")
            print(f"warning: {text}", flush=True)
    return best


def _same(one: str, other: str, compare_contents: bool) -> bool:
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    files = os.path.isfile(one) and os.path.isfile(other)
    return compare_contents and files and filecmp.cmp(one, other, shallow=False)
