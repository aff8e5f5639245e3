"""Plain values to YAML as a person writes it: short things on one line, scripts as blocks, quotes where needed.

What needs quotes is judged by our own reading of plain scalars (YAML 1.2 core), not by PyYAML's (1.1).
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from batchspec.reading.scalars import resolve

if TYPE_CHECKING:
    import yaml

_ROOM = 100  # characters of a line that a mapping or list in braces may end at
_MOST_KEYS, _FEW_KEYS = 6, 2  # keys of a mapping in braces; of one with another within
_SECTION = re.compile(r"^(?=(?:pool|job|schedule|tasks|on_finish):)", re.MULTILINE)
_BLOCK = re.compile(r"[^\s#][^\t\r\x85\u2028\u2029\ufeff]*\n[^\t\r\x85\u2028\u2029\ufeff]*")
_ESCAPED = re.compile(r'[\n"\\]')  # in braces it would be hard to read
_ODD_ENDS = re.compile(r" \n| $|\n\n$")  # of lines, and of a text that would go on into the lines after it
_BREAKS = re.compile(r"[\n\x85\u2028\u2029]")


def emit(spec: dict[str, Any]) -> str:
    """The text of a spec."""
    import yaml

    class Writer(yaml.emitter.Emitter):
        """Lists are indented below their keys; what cannot stand plain is in double quotes."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
            super().increase_indent(flow, indentless=False)

        def choose_scalar_style(self) -> str:
            chosen = super().choose_scalar_style()
            return '"' if chosen == "'" else str(chosen)

    stream = io.StringIO()
    writer = Writer(stream, width=sys.maxsize, allow_unicode=True)
    for event in _document(spec, yaml):
        writer.emit(event)
    return _SECTION.sub("\n", stream.getvalue())


def _document(spec: dict[str, Any], events: Any) -> Iterator[yaml.Event]:
    yield events.StreamStartEvent()
    yield events.DocumentStartEvent(explicit=False)
    yield from _value(spec, events, 0, 0, sections=2)
    yield events.DocumentEndEvent(explicit=False)
    yield events.StreamEndEvent()


def _value(value: Any, events: Any, indent: int, used: int, sections: int = 0, flow: bool = False) -> Iterator[Any]:
    """used: characters of the line that stand before the value. sections: levels that are never on one line."""
    if not isinstance(value, (dict, list)):
        text, style = _scalar(value)
        yield events.ScalarEvent(None, None, (True, True), text, style=style)
        return
    flow = flow or not value or (sections <= 0 and _is_short(value, used))
    if isinstance(value, dict):
        yield events.MappingStartEvent(None, None, True, flow_style=flow)
        for key, inner in value.items():
            yield from _value(key, events, indent, used)
            yield from _value(inner, events, indent + 2, indent + len(key) + 2, sections - 1, flow)
        yield events.MappingEndEvent()
    else:
        yield events.SequenceStartEvent(None, None, True, flow_style=flow)
        for inner in value:
            yield from _value(inner, events, indent + 2, indent + 2, sections - 1, flow)
        yield events.SequenceEndEvent()


def _scalar(value: Any) -> tuple[str, str | None]:
    """A scalar's text and style; None is plain."""
    if value is None:
        return "null", None
    if isinstance(value, bool):
        return str(value).lower(), None
    if not isinstance(value, str):
        return repr(value), None
    if _BREAKS.search(value):
        return value, "|" if _BLOCK.fullmatch(value) and not _ODD_ENDS.search(value) else '"'
    return value, None if isinstance(resolve(value), str) else '"'


def _is_short(value: Any, used: int) -> bool:
    """Whether a mapping or list fits on its line and reads well there."""
    room = _ROOM - used
    return room > 0 and _length(value, room, 0) <= room


def _length(value: Any, room: int, depth: int) -> int:
    """About how many characters it takes on one line; more than `room` when it shall not stand there."""
    if isinstance(value, str):
        return len(value) + 2 if not _ESCAPED.search(value) else room + 1
    if not isinstance(value, (dict, list)):
        return 6
    if depth > 1 or (isinstance(value, dict) and not _is_plain(value)):
        return room + 1
    total = 2
    for key in value:
        inner = value[key] if isinstance(value, dict) else key
        total += (len(key) + 2 if isinstance(value, dict) else 0) + 2 + _length(inner, room, depth + 1)
        if total > room:
            break
    return total


def _is_plain(value: dict[str, Any]) -> bool:
    """Whether a mapping has few keys, and holds another one only when it has very few."""
    most = _FEW_KEYS if any(isinstance(inner, dict) and inner for inner in value.values()) else _MOST_KEYS
    return len(value) <= most
