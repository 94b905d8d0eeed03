"""Puts parameters into a notebook: a cell after the one with the tag `parameters`, which is how papermill does it, too."""

import ast
import difflib
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from words import Mistake

TAG = "parameters"
INJECTED = "injected-parameters"


def put_into(notebook: NotebookNode, values: dict[str, Any]) -> None:
    """Raises Mistake where the notebook has no such parameters: their values would be lost without a word."""
    # A copy that `lab run` has made has the cell of that run.
    notebook.cells = [cell for cell in notebook.cells if INJECTED not in _tags(cell)]
    if not values:
        return
    places = [at for at, cell in enumerate(notebook.cells) if _is_place(cell)]
    if not places:
        message = f'The notebook has no code cell with the tag "{TAG}", so -p can set nothing.'
        raise Mistake(
            message,
            "add the tag in JupyterLab: select the cell, then Property Inspector on the right",
            1,
        )
    known = _names(notebook.cells[places[0]].source)
    for name in values:
        if known is not None and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            names = ", ".join(sorted(known)) or "none"
            raise Mistake(
                f'The notebook has no parameter "{name}".{hint}',
                f"use one of its parameters: {names}",
            )
    lines = ["# Set by lab run", *(f"{name} = {value!r}" for name, value in values.items())]
    cell = new_code_cell("\n".join(lines), metadata={"tags": [INJECTED]})
    notebook.cells.insert(places[0] + 1, cell)


def _is_place(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and TAG in _tags(cell)


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _names(source: str) -> set[str] | None:
    """The names that a cell assigns; None where it is more than Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
