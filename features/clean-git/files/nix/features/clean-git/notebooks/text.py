"""A notebook as text, for `git diff`: a header for each cell, then what is written in it."""

import json

from clean import clean_notebook


def text(data):
    """Takes a notebook's bytes and gives lines to read; what is no notebook comes back as it is.

    All that git keeps of the notebook is in it, so that no change is hidden.
    """
    try:
        notebook = json.loads(data)
        clean_notebook(notebook)
        cells = notebook.pop("cells")
        blocks = [block(cell) for cell in cells]
    except (ValueError, TypeError, AttributeError, KeyError):
        return data
    return ("\n\n".join([*blocks, f"# notebook {compact(notebook)}"]) + "\n").encode(
        errors="replace"
    )


def block(cell):
    rest = {
        key: value
        for key, value in cell.items()
        if key not in ("cell_type", "source") and value not in ({}, [], None)
    }
    head = f"# %% {cell['cell_type']} {compact(rest) if rest else ''}".rstrip()
    return f"{head}\n{source_of(cell)}"


def source_of(cell):
    """What is written in a cell; a notebook keeps it as a text, or as a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def compact(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
