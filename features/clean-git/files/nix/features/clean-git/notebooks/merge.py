"""The merge driver: merges three notebooks cell by cell, and always leaves a notebook that opens."""

import json
import subprocess
import sys

from cells import Cells
from clean import clean_notebook, dump
from fields import merge_values
from lines import merge_lines

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
    except (ValueError, TypeError, AttributeError, KeyError):
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
