"""Merges values of JSON, such as the metadata of a notebook."""

MISSING = object()


def merge_values(base, ours, theirs, conflicts, by_machine=frozenset(), name=""):
    """What both have changed in different places is in it; where both have changed the same, ours counts and is named.

    Adds a line to `conflicts` for each of these, unless the key is one of `by_machine`.
    """
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
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
