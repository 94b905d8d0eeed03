"""uv.lock: what stands there of a package that stays as it is stays as it is, too.

The lock that comes with a project holds only files that the project can use. uv takes that for a
whole lock; but when one package is added, it writes down the files of all again, for systems and
Pythons that the project is not for, and in the manner of its own version: a thousand lines that
nobody can review.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ...base.files import write_shared
from ...base.project import Project

_ENTRY = "[[package]]\n"
_IDENTITY = re.compile(r"(?:(?:name|version|source) = .*\n)+")
_FILES = re.compile(
    r"^sdist = .*\n(?:wheels = \[\n(?: .*\n)*\]\n)?|^wheels = \[\n(?: .*\n)*\]\n", re.MULTILINE
)
# A file is where it is and what is in it. (Its size and its date are only said beside that.)
_FILE = re.compile(r'\{ ((?:url|path) = "[^"]*"(?:, hash = "[^"]*")?)')
# Each version of uv has its own number, and reads the others' locks.
_OF_UV = re.compile(r"^revision = .*\n|^resolution-markers = \[\n(?: .*\n)*\]\n", re.MULTILINE)
_SUPPORTED = re.compile(r"^supported-markers = \[\n((?: .*\n)*)\]\n", re.MULTILINE)
_MARKER = re.compile(r', marker = "([^"]*)"')


@contextmanager
def kept(project: Project) -> Iterator[None]:
    """Let a command of uv's update the lock. What it has not changed is given back after it."""
    lock = project.root / "uv.lock"
    before = lock.read_text(encoding="utf-8") if lock.exists() else ""
    yield
    after = lock.read_text(encoding="utf-8") if lock.exists() else ""
    if before and after and after != before and (merged := _merged(before, after)) != after:
        write_shared(lock, merged)


def _merged(before: str, after: str) -> str:
    """`after`, in which each package that `before` has, too, is written as it is there."""
    (old_head, *old), (head, *new) = before.split(_ENTRY), after.split(_ENTRY)
    # For other systems or Pythons, other files are needed.
    if _OF_UV.sub("", old_head) != _OF_UV.sub("", head):
        return after
    found = _SUPPORTED.search(head)
    everywhere = _clauses(" or ".join(re.findall(r'"(.*)"', found[1]))) if found else set()
    known = {_identity(entry): entry for entry in old}
    entries = (_entry(known.get(_identity(each), ""), each, everywhere) for each in new)
    return _ENTRY.join([head, *entries])


def _identity(entry: str) -> str:
    found = _IDENTITY.match(entry)
    return found.group() if found else ""


def _entry(old: str, new: str, everywhere: set[frozenset[str]]) -> str:
    said = {_plain(line, everywhere): line for line in old.splitlines()}
    lines = [said.get(_plain(line, everywhere), line) for line in new.splitlines()]
    new = "\n".join([*lines, ""])
    files, current = _FILES.search(old), _FILES.search(new)
    if not files or not current:
        return new
    if not set(_FILE.findall(files.group())) <= set(_FILE.findall(current.group())):
        return new  # one of them is not there any more
    return new[: current.start()] + files.group() + new[current.end() :]


def _plain(line: str, everywhere: set[frozenset[str]]) -> str:
    """Without a condition that holds on each system of the project: some versions of uv add it."""
    return _MARKER.sub(lambda each: "" if _clauses(each[1]) == everywhere else each[0], line)


def _clauses(marker: str) -> set[frozenset[str]]:
    return {frozenset(each.strip(" ()").split(" and ")) for each in marker.split(" or ")}
