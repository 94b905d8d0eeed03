"""Changes that a person makes to a notebook, at random, and what must be found after a merge of them."""

import copy


def edit(notebook, pick, mark, most=2):
    """A changed copy. `pick` is a random generator; `mark` is in everything that is written, and in nothing else.

    `most` is the greatest number of edits.
    """
    edited = copy.deepcopy(notebook)
    written = []
    for number in range(pick.randint(1, most)):
        cells = edited["cells"]
        at = pick.randrange(len(cells))
        token = f"{mark}-{number}"
        kind = pick.choices(
            ["line", "append", "insert", "remove", "move", "tag"], [6, 4, 6, 2, 1, 1]
        )[0]
        if kind == "line" and lines_of(cells[at]):
            lines = lines_of(cells[at])
            line = pick.randrange(len(lines))
            if any(word in lines[line] for word in written):
                continue
            lines[line] = f"{token} changed\n" if line < len(lines) - 1 else f"{token} changed"
            put(cells[at], lines)
            written.append(token)
        elif kind == "append":
            lines = lines_of(cells[at])
            put(
                cells[at], [*lines[:-1], *(line + "\n" for line in lines[-1:]), f"{token} appended"]
            )
            written.append(token)
        elif kind == "insert":
            cells.insert(at, new_cell(edited, token))
            written.append(token)
        elif kind == "remove" and len(cells) > 2:
            text = "".join(lines_of(cells[at]))
            written = [word for word in written if word not in text]
            del cells[at]
        elif kind == "move":
            cells.insert(pick.randrange(len(cells)), cells.pop(at))
        elif kind == "tag":
            cells[at].setdefault("metadata", {}).setdefault("tags", []).append(token)
    return edited, written


def new_cell(notebook, token):
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": ["an output\n"]}],
        "source": [f"# {token}\n", f"print('{token}')"],
    }
    return {**cell, "id": token.replace(".", "-")} if notebook["nbformat_minor"] >= 5 else cell


def lines_of(cell):
    source = cell["source"]
    return source.splitlines(keepends=True) if isinstance(source, str) else list(source)


def put(cell, lines):
    cell["source"] = lines
