"""Comments, which the tree does not have: exactly those, and no `#` inside of a text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from batchspec.reading.reader import _events
from batchspec.source import SourceFile

_BREAK = "[\r\n\x85\u2028\u2029]"


@dataclass(frozen=True)
class Comment:
    """What matches a pattern in a comment.

    line: the line that it speaks of: its own, or the next one with content when it has its own for itself.
    first: it stands above all content of the file.
    """

    match: re.Match[str]
    line: int
    first: bool


@dataclass
class _Texts:
    """Where texts stand that may have a `#` of their own: quoted and block scalars, in order."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    content: int | None = None  # where anything but comments begins

    def have(self, at: int) -> bool:
        nearest = bisect_right(self.starts, at) - 1
        return nearest >= 0 and at < self.ends[nearest]


def comments(source: SourceFile, pattern: str) -> Iterator[Comment]:
    """The comments that match, from a `#` on; none in a file that is not YAML."""
    try:
        texts = _texts(source)
    except yaml.YAMLError:
        return
    if texts.content is None:
        return
    here = above = 0  # the line before and the line that it speaks of: a line or a block is looked at but once
    for match in re.finditer(rf"(?:(?<=[ \t])|^)(?=#)(?:{pattern})", source.text, re.MULTILINE):
        at = source.position(match.start())
        if texts.have(at.offset):
            continue
        if at.line != here:
            here, text = at.line, source.line(at.line)
            first = at.offset - at.column + 1 + len(text) - len(text.lstrip())
            alone = source.text[first] == "#" and not texts.have(first)
            above = here if not alone else above if above > here else _next(source, here)
        yield Comment(match, above, at.offset < texts.content)


def _texts(source: SourceFile) -> _Texts:
    made = _Texts()
    for event in _events(source.text):
        if not isinstance(event, (yaml.NodeEvent, yaml.StreamEndEvent)):
            continue
        start, end = _extent(event)
        made.content = start if made.content is None else made.content
        if not isinstance(event, yaml.ScalarEvent) or not event.style:
            continue
        if event.style in ("|", ">"):  # the line of the sign itself may have a comment
            line_end = re.compile(_BREAK).search(source.text, start, end)
            start = line_end.start() if line_end else end
        made.starts.append(start)
        made.ends.append(end)
    return made


def _extent(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _next(source: SourceFile, line: int) -> int:
    """The next line that is neither blank nor a comment; one behind the last when there is none."""
    last = source.position(len(source.text)).line
    for number in range(line + 1, last + 1):
        text = source.line(number).strip()
        if text and not text.startswith("#"):
            return number
    return last + 1
