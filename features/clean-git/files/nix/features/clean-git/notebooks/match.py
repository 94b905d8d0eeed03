"""Which cell of one notebook is which cell of another."""

from difflib import SequenceMatcher

from text import source_of

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
