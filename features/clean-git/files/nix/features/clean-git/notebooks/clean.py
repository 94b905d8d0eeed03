"""A notebook without what running it has left: outputs, counts, times."""

import json

# What JupyterLab and its extensions note on a cell when it runs, or when its output is folded.
LEFT_BY_RUNNING = ("ExecuteTime", "collapsed", "execution", "scrolled")


def clean(data):
    """Takes a notebook's bytes and gives those that git is to keep.

    What is no notebook comes back as it is, such as one with conflict markers: git must be able to keep it. So does a
    notebook that is clean already, byte for byte.
    """
    try:
        notebook = json.loads(data)
        changed = clean_notebook(notebook)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return data
    return dump(notebook, data) if changed else data


def clean_notebook(notebook):
    """Takes outputs out of a notebook that was read from JSON; returns whether there was anything."""
    sheets = [notebook, *notebook.get("worksheets", [])]
    if not any("cells" in sheet for sheet in sheets):
        raise ValueError("no notebook")
    changed = notebook.get("metadata", {}).pop("widgets", None) is not None
    for sheet in sheets:
        for cell in sheet.get("cells", []):
            changed |= clean_cell(cell)
    return changed


def clean_cell(cell):
    metadata = cell.get("metadata", {})
    keep = metadata.get("keep_output") or "keep_output" in metadata.get("tags", [])
    before = json.dumps(cell)
    for name in LEFT_BY_RUNNING:
        metadata.pop(name, None)
    if "execution_count" in cell:
        cell["execution_count"] = None
    cell.pop("prompt_number", None)
    if cell.get("outputs") and not keep:
        cell["outputs"] = []
    for output in cell.get("outputs", []):
        if "execution_count" in output:
            output["execution_count"] = None
    return json.dumps(cell) != before


def dump(notebook, like):
    """Writes a notebook as Jupyter does, but with the indentation of other bytes, and their order of keys."""
    second = like.split(b"\n", 2)[1:2]
    indent = len(second[0]) - len(second[0].lstrip(b" ")) if second else 0
    try:
        text = json.dumps(notebook, ensure_ascii=False, indent=indent or 1).encode()
    except UnicodeEncodeError:
        text = json.dumps(notebook, indent=indent or 1).encode()
    return text + b"\n"
