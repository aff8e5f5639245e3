"""What strangers have written, such as tasks, as lines for a terminal: none of it gives the terminal orders."""

from __future__ import annotations

import re

# Orders to a terminal, whole: CSI (colours, the cursor), OSC and their like (titles, the clipboard), and the rest.
_ORDERS = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]"
)
# What is left of control characters, and marks that turn the order of the letters round.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_ENDS = re.compile(r"\r\n|\n|\r+")


def line(text: str) -> str:
    """The same as one line."""
    return " ".join(lines(text))


def lines(text: str) -> list[str]:
    """Its lines, without what a terminal would obey: orders are left out, and other control characters replaced."""
    found = _ENDS.split(_ORDERS.sub("", text))
    if found and not found[-1]:
        found.pop()
    return [_CONTROL.sub("\N{REPLACEMENT CHARACTER}", line) for line in found]
