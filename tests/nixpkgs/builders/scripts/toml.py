"""JSON on standard input, TOML on standard output."""

import json
import re
import sys


def main() -> None:
    """Write one document."""
    document = json.load(sys.stdin)
    if not isinstance(document, dict):
        raise SystemExit("error: only a set can be written as TOML")
    print("\n".join(table(document, [])).strip())


def table(values: dict, path: list[str]) -> list[str]:
    """Plain values first, then the tables below."""
    lines = []
    plain = {name: each for name, each in values.items() if not is_table(each)}
    for name, each in plain.items():
        lines.append(f"{key(name)} = {value(each)}")
    for name, each in values.items():
        if name in plain:
            continue
        inner = [*path, key(name)]
        many = isinstance(each, list)
        for one in each if many else [each]:
            head = f"[[{'.'.join(inner)}]]" if many else f"[{'.'.join(inner)}]"
            lines += ["", head, *table(one, inner)]
    return lines


def is_table(each: object) -> bool:
    """Whether a value has a header of its own: a set, or a list of nothing but sets."""
    if isinstance(each, list):
        return bool(each) and all(isinstance(one, dict) for one in each)
    return isinstance(each, dict)


def key(name: str) -> str:
    """A bare key where that is allowed."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def value(each: object) -> str:
    """One value on one line."""
    if each is None:
        raise SystemExit("error: TOML has no null")
    if isinstance(each, list):
        return f"[{', '.join(value(one) for one in each)}]"
    if isinstance(each, dict):
        return f"{{ {', '.join(f'{key(name)} = {value(one)}' for name, one in each.items())} }}"
    return json.dumps(each, ensure_ascii=False)


main()
