"""The list `pythonPackages` in the text of flake.nix. All else stays byte for byte."""

import re

# What may hide a bracket or a name: comments and texts. Then names, with dots, and single signs.
TOKEN = re.compile(
    r"(?P<hidden>\#[^\n]*|/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|''(?:[^']|'(?!')|'''|''\$)*'')"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_'-]*(?:\.[A-Za-z_][A-Za-z0-9_'-]*)*)"
    r"|(?P<sign>\S)",
    re.DOTALL,
)
INDENT = "  "


class NotFound(Exception):
    """There is no list of a form that can be edited safely."""


class NixList:
    """The list in one text of flake.nix."""

    def __init__(self, text: str) -> None:
        self._text = text
        tokens = [m for m in TOKEN.finditer(text) if m.lastgroup != "hidden"]
        words = [m.group() for m in tokens]
        starts = [i for i in range(len(words)) if words[i : i + 2] == ["pythonPackages", "="]]
        if len(starts) != 1:
            raise NotFound
        self._begin = tokens[starts[0]].start()
        head = starts[0] + 2
        opening = self._head(words, head)
        self._open = tokens[opening].start()
        closing = _closing(words, opening)
        self._close = tokens[closing].start()
        self._end = tokens[closing].end()
        members = [(tokens[i], i) for i in range(opening + 1, closing)]
        depth = 0
        self._members: list[re.Match[str]] = []
        for token, index in members:
            depth += (words[index] in "([{") - (words[index] in ")]}")
            if depth == 0 and token.lastgroup == "word":
                self._members.append(token)

    def _head(self, words: list[str], index: int) -> int:
        """Where the list opens, after `ps: with ps;` or `ps:`. Sets what stands before names."""
        argument = words[index]
        if words[index + 1 : index + 5] == [":", "with", argument, ";"]:
            opening, self._prefix = index + 5, ""
        elif words[index + 1] == ":":
            opening, self._prefix = index + 2, f"{argument}."
        else:
            raise NotFound
        if words[opening] != "[":
            raise NotFound
        return opening

    @property
    def names(self) -> list[str]:
        """The packages in it that are named plainly."""
        words = [token.group() for token in self._members]
        return [w.removeprefix(self._prefix) for w in words if w.startswith(self._prefix)]

    def add(self, names: list[str]) -> str:
        """The text with these names at the end of the list."""
        new = [f"{self._prefix}{name}" for name in names]
        inside = self._text[self._open + 1 : self._close]
        words = [*inside.split(), *new]
        short = len(words) - len(new) == len(self._members) <= 1
        if short and self._on_one_line():
            if len(words) > 1:
                return self._expanded(words)
            return self._replace(self._open, self._close + 1, _brackets(words))
        kept = inside.rstrip()
        if "\n" not in inside[len(kept) :]:
            space = "" if inside != kept else " "
            return self._replace(self._close, self._close, f"{space}{' '.join(new)} ")
        end = self._open + 1 + len(kept)
        lines = "".join(f"\n{self._member_indent()}{word}" for word in new)
        return self._replace(end, end, lines)

    def remove(self, names: list[str]) -> str:
        """The text without these names."""
        text = self._text
        for token in reversed(self._members):
            if token.group() in [f"{self._prefix}{name}" for name in names]:
                start, end = _whole_line(text, token.start(), token.end())
                text = text[:start] + text[end:]
        return NixList(text)._folded() if text != self._text else text

    def _folded(self) -> str:
        """A list of one name or none, laid out as `_expanded` does, is one line again."""
        words = self._text[self._open + 1 : self._close].split()
        if len(words) > 1 or len(words) != len(self._members):
            return self._text
        if self._text != self._expanded(words):
            return self._text
        head = self._head_text()
        return self._replace(self._begin, self._end, f"pythonPackages = {head} {_brackets(words)}")

    def _expanded(self, words: list[str]) -> str:
        """The layout of nixfmt for more than one name."""
        line = self._text[self._text.rfind("\n", 0, self._begin) + 1 : self._begin]
        inner = line + INDENT
        members = "".join(f"{inner}{INDENT}{word}\n" for word in words)
        layout = f"pythonPackages =\n{inner}{self._head_text()} [\n{members}{inner}]"
        return self._replace(self._begin, self._end, layout)

    def _head_text(self) -> str:
        return self._text[self._begin : self._open].partition("=")[2].strip()

    def _on_one_line(self) -> bool:
        start = self._text.rfind("\n", 0, self._begin) + 1
        return "\n" not in self._text[start : self._end] and not self._text[
            start : self._begin
        ].strip(" \t")

    def _member_indent(self) -> str:
        """As the last name has it; without names, one step more than the closing bracket."""
        for token in reversed(self._members):
            start = self._text.rfind("\n", 0, token.start()) + 1
            before = self._text[start : token.start()]
            if not before.strip():
                return before
        line = self._text[self._text.rfind("\n", 0, self._close) + 1 : self._close]
        return line + INDENT

    def _replace(self, start: int, end: int, new: str) -> str:
        return self._text[:start] + new + self._text[end:]


def _closing(words: list[str], opening: int) -> int:
    depth = 0
    for index in range(opening, len(words)):
        depth += (words[index] == "[") - (words[index] == "]")
        if depth == 0:
            return index
    raise NotFound


def _brackets(words: list[str]) -> str:
    return " ".join(["[", *words, "]"])


def _whole_line(text: str, start: int, end: int) -> tuple[int, int]:
    """The name's whole line when it has one to itself (a comment after it is about it)."""
    line_start = text.rfind("\n", 0, start) + 1
    newline = text.find("\n", end)
    line_end = len(text) if newline < 0 else newline
    after = text[end:line_end].strip()
    if not text[line_start:start].strip() and (not after or after.startswith("#")):
        return line_start, line_end + 1
    if text[end : end + 1] == " ":
        return start, end + 1
    return start, end
