"""Scalars that go on over the next lines, for the quick way: each is put together to the one line that means the same.

Only without empty lines and comments between.
"""

from __future__ import annotations

from batchspec.reading.line import Line, Lines

_LONGEST = 100  # lines: each end of one that ends with a quote is a try


def quoted(lines: list[str], number: int, reader: Lines) -> tuple[int, Line, int] | None:
    """The line whose quotes are not closed on it together with those up to the quotes' end.

    Gives the first line after them, the one line and the column of its value's end; None when not sure.
    """
    (quote, has_key), column, text = reader.opening(lines[number]), _column(lines[number]), lines[number]
    for at in range(number + 1, min(len(lines), number + _LONGEST)) if quote else ():
        is_escaped = quote == '"' and _ends_with_escape(text)
        if _column(lines[at]) <= column or (is_escaped and text[-1] == " "):
            return None
        text = text[:-1] + lines[at].lstrip(" ") if is_escaped else f"{text.rstrip(' ')} {lines[at].lstrip(' ')}"
        taken = reader.take_apart(text) if text.endswith(quote) else None
        if taken is not None:
            end = len(lines[at]) - (len(text) - taken[7])  # further left when more than a comment follows the quotes
            is_scalar = taken[4] is None and end > _column(lines[at])
            return (at + 1, taken, end) if is_scalar and (has_key or taken[3] is None) else None
    return None


def plain(lines: list[str], number: int, column: int, reader: Lines) -> tuple[int, Line, int] | None:
    """The line before with this line, and those after it that can only be more of its plain scalar; as `quoted`.

    column: that of the collection in which the scalar stands.
    """
    at = number
    while at < len(lines) and _column(lines[at]) > column and reader.take_apart(lines[at]) is None:
        at += 1
    text = " ".join([lines[number - 1].rstrip(" "), *(line.strip(" ") for line in lines[number:at])])
    taken, before = reader.take_apart(text), reader.take_apart(lines[number - 1])
    if at == number or " #" in text or taken is None or before is None or taken[:4] != before[:4]:
        return None
    is_scalar = before[4] is None and taken[4] is None
    return (at, taken, len(lines[at - 1].rstrip(" "))) if is_scalar else None


def _column(line: str) -> int:
    """Where a line's text begins; -1 without any."""
    text = line.lstrip(" ")
    return len(line) - len(text) if text else -1


def _ends_with_escape(text: str) -> bool:
    text = text.rstrip(" ")
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1
