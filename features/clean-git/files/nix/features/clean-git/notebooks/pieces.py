"""The pieces of three notebooks: which cell is which, and merges of values and of texts."""

import os
import subprocess
from difflib import SequenceMatcher

from __main__ import source_of

# Which cell of one notebook is which cell of another.

# How much of a cell must be the same for it to count as an edited one and not as another, from 0 to 1.
ALIKE = 0.5


def match(base, cells):
    """For each cell of a notebook, the number of the cell in the base that it was; None for a new one."""
    found = by_id(base, cells)
    taken = set(found.values())
    left = [at for at in range(len(cells)) if at not in found]
    there = [at for at in range(len(base)) if at not in taken]
    has_ids = all("id" in cell for cell in [*base, *cells])
    for here, was in by_text([cells[at] for at in left], [base[at] for at in there], has_ids):
        found[left[here]] = there[was]
    return [found.get(at) for at in range(len(cells))]


def by_id(base, cells):
    ids = [cell.get("id") for cell in base]
    own = [cell.get("id") for cell in cells]
    return {
        at: ids.index(id)
        for at, id in enumerate(own)
        if id and ids.count(id) == 1 and own.count(id) == 1
    }


def by_text(cells, base, exactly):
    """Pairs of numbers: of cells with the same text, and, unless `exactly`, of those that are alike where others stood."""
    if not cells or not base:
        return
    new, old = [key(cell) for cell in cells], [key(cell) for cell in base]
    for tag, start, end, was, was_end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            yield from zip(range(was, was_end), range(start, end))
        elif tag == "replace" and not exactly:
            yield from alike(new, old, range(was, was_end), range(start, end))


def alike(new, old, here, there):
    there = list(there)
    for at in here:
        for number, was in enumerate(there):
            if (
                new[at][0] == old[was][0]
                and SequenceMatcher(None, new[at][1], old[was][1]).ratio() >= ALIKE
            ):
                yield at, was
                del there[: number + 1]
                break


def key(cell):
    return cell.get("cell_type"), source_of(cell)


# Values of JSON, such as the metadata of a notebook.

MISSING = object()


def merge_values(base, ours, theirs, conflicts, by_machine=frozenset(), name=""):
    """What both have changed in different places is in it; where both have changed the same, ours counts and is named.

    Adds a line to `conflicts` for each of these, unless the key is one of `by_machine`.
    """
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    if name.endswith(" tags") and all(isinstance(value, list) for value in (ours, theirs)):
        return merge_sets(base, ours, theirs)
    if not all(isinstance(value, dict) for value in (ours, theirs)):
        conflicts.append(f"both sides have changed {name}; ours is kept.")
        return ours
    merged = {}
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        was = base.get(key, MISSING) if isinstance(base, dict) else MISSING
        here, there = ours.get(key, MISSING), theirs.get(key, MISSING)
        value = merge_values(
            was,
            here,
            there,
            [] if key in by_machine else conflicts,
            by_machine,
            f"{name} {key}".strip(),
        )
        if value is not MISSING:
            merged[key] = value
    return merged


def merge_sets(base, ours, theirs):
    """A list that stands for a set, such as the tags of a cell: what either side has added, without what either has removed."""
    was = base if isinstance(base, list) else []
    kept = [value for value in ours if value in theirs or value not in was]
    return kept + [value for value in theirs if value not in was and value not in kept]


# Texts line by line: as git does, and where git stops at lines that only stand beside each other, once more.


def merge_lines(base, ours, theirs, size):
    """The merged text, and whether there are conflict markers of this length in it."""
    text, has_conflict = merge_as_git(base, ours, theirs, size)
    beside = merge_neighbours(base, ours, theirs) if has_conflict else None
    return (text, has_conflict) if beside is None else (beside, False)


def merge_as_git(base, ours, theirs, size):
    """The same, as git does it."""
    # To load it takes a sixth of a whole call, and most calls need none.
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        files = [os.path.join(directory, name) for name in ("ours", "base", "theirs")]
        for file, text in zip(files, (ours, base, theirs)):
            # A last line without an end would differ from the same line with another one behind it.
            with open(file, "w", encoding="utf-8", errors="surrogatepass", newline="") as opened:
                opened.write(text + "\n" if text else "")
        labels = ["-L", "ours", "-L", "base", "-L", "theirs"]
        ran = subprocess.run(
            ["git", "merge-file", "-p", "-q", f"--marker-size={size}", *labels, *files],
            check=False,
            stdout=subprocess.PIPE,
        )
    if ran.returncode > 127:
        raise ValueError("git merge-file does not work")
    text = ran.stdout.decode("utf-8", errors="surrogatepass")
    return text[:-1] if text.endswith("\n") else text, ran.returncode != 0  # noqa: FURB188 (Python 3.8)


def merge_neighbours(base, ours, theirs):
    """The merged text where each line was changed by one side alone; None where both have changed the same, or added in one place.

    Cells are short, so that one side often changes the line behind which the other adds some. Only a single line that became
    another one may stand beside what the other side has done: where more lines changed together, or some were removed, it is for
    people to see.
    """
    was, here, there = (text.split("\n") if text else [] for text in (base, ours, theirs))
    here, there = changes(was, here), changes(was, there)
    both = sorted({*here, *there})
    for one, other in zip(both, both[1:]):  # noqa: RUF007 (Python 3.8)
        # Two that are added in one place begin and end there.
        if one[1] > other[0] or one[:2] == other[:2]:
            return None
        is_of_one_side = {one, other} <= set(here) or {one, other} <= set(there)
        if one[1] == other[0] and not is_of_one_side and not (is_small(one) and is_small(other)):
            return None
    for start, end, lines in reversed(both):
        was[start:end] = lines
    return "\n".join(was)


def changes(was, now):
    """What makes other lines out of lines: from which to which one they become which."""
    steps = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    return [
        (start, end, tuple(now[to:to_end]))
        for tag, start, end, to, to_end in steps
        if tag != "equal"
    ]


def is_small(change):
    """Whether lines were added, or one line became another one."""
    start, end, lines = change
    return start == end or end - start == len(lines) == 1
