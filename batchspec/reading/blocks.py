"""Literal and folded block scalars, for the quick way."""

from __future__ import annotations

import re

_HEADER = re.compile(r"([|>])([+-]?)(?: +#.*)?")


def block(header: str, lines: list[str], at: int, parent: int) -> tuple[str, int, int] | None:
    """The text of a block scalar, its last line that is not blank and the first one after it; None when not sure.

    lines: of the file, with the empty one after its last break. at: the first line after the header.
    parent: the column of the collection that it stands in.
    """
    match = _HEADER.fullmatch(header)
    first = next((number for number in range(at, len(lines)) if lines[number].strip(" ")), None)
    if match is None or first is None:
        return None
    indent = len(lines[first]) - len(lines[first].lstrip(" "))
    if indent <= parent or any(len(line) > indent for line in lines[at:first]):
        return None
    end = _end(lines, first, indent)
    if end == len(lines):
        if lines[-1]:  # the file ends within the line: so does the text, whatever the header says
            return None
        end -= 1
    body = [line[indent:] for line in lines[at:end]]
    filled = len(body)
    while not body[filled - 1]:
        filled -= 1
    text = "\n".join(body[:filled]) if match[1] == "|" else _folded(body[:filled])
    if text is None:
        return None
    breaks = {"-": 0, "": 1, "+": 1 + len(body) - filled}[match[2]]
    last = end - 1
    while not lines[last].strip(" "):
        last -= 1
    return text + "\n" * breaks, last, end


def _end(lines: list[str], at: int, indent: int) -> int:
    """The first line that stands further left than the block."""
    margin = " " * indent
    while at < len(lines) and (lines[at].startswith(margin) or not lines[at].strip(" ")):
        at += 1
    return at


def _folded(body: list[str]) -> str | None:
    """Lines joined by spaces, empty ones as breaks; None when one is indented more, since then YAML does not fold."""
    parts: list[str] = []
    empty = 0
    for line in body:
        if line.startswith(" "):
            return None
        if not line:
            empty += 1
            continue
        parts += ["\n" * empty or " ", line] if parts else ["\n" * empty, line]
        empty = 0
    return "".join(parts)
