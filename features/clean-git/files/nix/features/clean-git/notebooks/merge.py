"""The merge driver: merges three notebooks cell by cell, and always leaves a notebook that opens."""

import json
import subprocess
import sys
from bisect import bisect_left

from pieces import match, merge_lines, merge_values

from __main__ import clean_notebook, dump, source_of

# What programs write into a notebook by themselves: which one wins does not matter to anybody.
BY_MACHINE = {"kernelspec", "language_info"}


def merge_files(base, ours, theirs, size, path):
    """Merges `theirs` into the file `ours`, as git's merge drivers do.

    Takes the names of three files, the length of conflict markers, and the path to name in messages. Returns 0 where all
    is merged, 1 where there are conflicts: they stand in the cells that they are about. What is no notebook is merged by
    git itself, line by line.
    """
    try:
        merged, conflicts = merge_notebooks(*(read(name) for name in (base, ours, theirs)), size)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        labels = ["-L", "ours", "-L", "base", "-L", "theirs"]
        ran = subprocess.run(
            ["git", "merge-file", "-q", f"--marker-size={size}", *labels, ours, base, theirs],
            check=False,
        )
        return min(ran.returncode, 127)
    for conflict in conflicts:
        print(f"{path}: {conflict}", file=sys.stderr)
    write(ours, merged)
    return 1 if conflicts else 0


def read(name):
    with open(name, "rb") as file:
        data = file.read()
    # Both sides have made the file: there is no base.
    notebook = json.loads(data) if data.strip() else {"cells": [], "metadata": {}}
    clean_notebook(notebook)
    if not isinstance(notebook.get("cells"), list) or notebook.get("nbformat", 4) != 4:
        raise ValueError("no notebook that can be merged by cells")
    return notebook


def write(name, notebook):
    with open(name, "rb") as file:
        data = dump(notebook, file.read())
    with open(name, "wb") as file:
        file.write(data)


def merge_notebooks(base, ours, theirs, size="7"):
    """The merged notebook, and a line of text for each conflict."""
    conflicts = []
    cells = Cells(
        base["cells"],
        ours["cells"],
        theirs["cells"],
        conflicts,
        lambda *texts: merge_lines(*texts, size),
    )
    without = [
        {key: value for key, value in notebook.items() if key != "cells"}
        for notebook in (base, ours, theirs)
    ]
    minor = max(ours.get("nbformat_minor", 0), theirs.get("nbformat_minor", 0))
    rest = merge_values(*without, conflicts, BY_MACHINE)
    merged = {**ours, **rest, "cells": cells.merged()}
    if "nbformat_minor" in merged:
        merged["nbformat_minor"] = minor
    for key in [key for key in ours if key not in rest and key != "cells"]:
        del merged[key]
    name_cells(merged["cells"], with_ids=minor >= 5)
    return merged, conflicts


def name_cells(cells, with_ids):
    """Each cell has an id of its own from nbformat 4.5 on, and none before."""
    seen = set()
    for number, cell in enumerate(cells):
        if not with_ids:
            cell.pop("id", None)
            continue
        if cell.get("id", "") in seen | {""}:
            cell["id"] = f"merged-{number}"
        seen.add(cell["id"])


# The cells of three notebooks: which there are, in which order, and what is in each.

# Which one wins does not matter to anybody.
CELLS_BY_MACHINE = {"id", "execution_count", "outputs"}


class Cells:
    """The cells of a base and of two notebooks that were made from it.

    `conflicts` is a list that gets a line for each conflict; `merge_lines` merges three texts.
    """

    def __init__(self, base, ours, theirs, conflicts, merge_lines):
        self.conflicts = conflicts
        self.merge_lines = merge_lines
        self.base = dict(enumerate(base))
        self.ours = keyed(base, ours)
        self.theirs = keyed(base, theirs)

    def merged(self):
        """The cells of both, in order. A cell is left out where one side has removed it and the other has not changed it."""
        return [cell for cell in (self.content(key) for key in self.order()) if cell is not None]

    def order(self):
        """All keys: ours in their order, and behind the cell that they stood behind those that are new or moved in theirs."""
        ours, theirs = list(self.ours), list(self.theirs)
        moved, moved_here = moved_in(theirs), moved_in(ours)
        if any(before(ours, key) != before(theirs, key) for key in moved & moved_here):
            self.conflicts.append("both sides have moved the same cell; our order is kept.")
        order = [key for key in ours if key not in moved - moved_here]
        for number, key in enumerate(theirs):
            if key not in order:
                order.insert(self.place(order, theirs[:number], theirs), key)
        return order

    def place(self, order, before, other):
        at = max((order.index(key) + 1 for key in before[-1:]), default=0)
        # What the one side has added there stays together, and comes first.
        while at < len(order) and order[at] not in self.base and order[at] not in other:
            at += 1
        return at

    def content(self, key):
        base, ours, theirs = (side.get(key) for side in (self.base, self.ours, self.theirs))
        if ours is None or theirs is None:
            here = ours or theirs
            if base is None:
                return here
            return None if same(base, here) else self.edited_and_removed(base, ours, theirs)
        if base is None or not same(ours, theirs):
            return self.edited(base or {}, ours, theirs)
        return ours

    def edited(self, base, ours, theirs):
        if base and same(base, theirs):
            return ours
        if base and same(base, ours):
            return theirs
        name = f"cell {ours.get('id', '')}".strip()
        rest = (without_text(cell) for cell in (base, ours, theirs))
        cell = merge_values(*rest, self.conflicts, CELLS_BY_MACHINE, name)
        text, has_conflict = self.merge_texts(base, ours, theirs)
        if has_conflict:
            self.conflicts.append(f"both sides have changed the same lines of {name}.")
        return {**cell, "source": in_form_of(ours, text)}

    def merge_texts(self, base, ours, theirs):
        was, here, there = (source_of(cell) for cell in (base, ours, theirs))
        if here == there or there == was:
            return here, False
        return (there, False) if here == was else self.merge_lines(was, here, there)

    def edited_and_removed(self, base, ours, theirs):
        """Kept, with the conflict in it, so that nothing is lost."""
        here = ours or theirs
        text, _ = self.merge_lines(
            source_of(base), *(source_of(cell) if cell else "" for cell in (ours, theirs))
        )
        who = "they have" if theirs is None else "we have"
        self.conflicts.append(f"cell {here.get('id', '')} was changed, and {who} removed it.")
        return {**here, "source": in_form_of(here, text)}


def keyed(base, cells):
    """Cells by a key that is the same for the same cell on both sides: its number in the base, or for new ones their id."""
    found = {}
    before = None
    for cell, was in zip(cells, match(base, cells)):
        key = was
        if key is None:
            key = (
                ("new", cell["id"])
                if cell.get("id")
                else ("new", before, cell.get("cell_type"), source_of(cell))
            )
        while key in found:
            key = ("again", key)
        found[key] = cell
        before = key
    return found


def moved_in(keys):
    """The fewest cells of the base that are to be moved for the others to be in their old order."""
    was = [key for key in keys if isinstance(key, int)]
    lasts, chains = [], []
    for key in was:
        at = bisect_left(lasts, key)
        chain = [*(chains[at - 1] if at else []), key]
        lasts[at : at + 1], chains[at : at + 1] = [key], [chain]
    return set(was) - set(chains[-1] if chains else [])


def before(keys, key):
    at = keys.index(key)
    return keys[at - 1] if at else None


def same(one, other):
    """Whether two cells are the same but for their ids, which some programs make anew, and for what running has left."""
    return without_id(one) == without_id(other)


def without_id(cell):
    return {**{key: value for key, value in cell.items() if key != "id"}, "source": source_of(cell)}


def without_text(cell):
    return {key: value for key, value in cell.items() if key != "source"}


def in_form_of(cell, text):
    """A text as the cell has its own: in one piece, or as a list of lines."""
    if source_of(cell) == text:
        return cell.get("source", "")
    return text if isinstance(cell.get("source"), str) else text.splitlines(keepends=True)
