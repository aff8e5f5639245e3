"""The quick way to a tree: line by line, for the plain kind of YAML that specs are written in.

It reads block mappings and lists, words and collections that end on their line, and block scalars. Whatever it is not
sure about, and whatever would be a finding, makes it decline; so it knows no positions and tells nothing. What it does
read, `load` reads alike. Most lines of a big file stand there many times: each is taken apart once.
"""

from __future__ import annotations

import re
from itertools import accumulate

from batchspec.reading import limits, wrapped
from batchspec.reading.blocks import block
from batchspec.reading.collector import collector_paused
from batchspec.reading.flow import flow
from batchspec.reading.line import MARKER, Line, Lines
from batchspec.reading.node import IN_TEXT, Mapping, Node, Scalar, Sequence
from batchspec.reading.words import Unsure, Words
from batchspec.source import SourceFile

_DEEPEST = 48  # with those between brackets less than the limit of the exact way
_ASCII = bytes([0x0A, *range(0x20, 0x7F)])
# Slow to compile, so only when needed.
_DOUBTFUL = "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"


def quick(source: SourceFile) -> tuple[Node, ...] | None:
    """The documents of a file as `load` gives them; None is "take `load`"."""
    text = _trusted(source)
    if text is None:
        return None
    if _most_nodes(text) > limits.MAX_EXPANDED:
        return None
    with collector_paused():
        try:
            return _Tree(source, text).documents()
        except Unsure:
            return None


def _trusted(source: SourceFile) -> str | None:
    """The text when it is UTF-8 and without tabs, control characters and unusual line breaks."""
    data = source.data
    if len(data) > limits.MAX_BYTES:
        return None
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if not data.translate(None, _ASCII):
        return data.decode("ascii")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if re.search(_DOUBTFUL, text) else text


def _most_nodes(text: str) -> int:
    """At least as many nodes as the text can have."""
    return 3 * (1 + text.count("\n") + text.count("[") + text.count("{")) + 2 * text.count(",") + text.count("-")


def _starts(source: SourceFile, lines: list[str]) -> list[int]:
    """Where the lines begin in the file, whose line breaks may be longer."""
    if b"\r" in source.data:
        return source.line_starts
    return list(accumulate([len(line) + 1 for line in lines[:-1]], initial=0))


class _Tree:
    """The tree as far as it has grown; the innermost open collection is a mapping (`values`) or a list (`items`)."""

    def __init__(self, source: SourceFile, text: str) -> None:
        self.source = source
        self.lines = text.split("\n")
        self.starts = _starts(source, self.lines)
        self.words = Words(source)
        self.nothing = Scalar(source, 0, 0, None)  # what a document is until it has content
        self.roots: list[Node] = [self.nothing]
        self.outer: list[tuple[int, dict[str, Node] | None, list[Node], Node]] = []
        self.column = -1
        self.values: dict[str, Node] | None = None
        self.items = self.roots
        self.waits: str | bool = True  # the key, or that it is the last item, whose value may follow further right
        self.has_marker = False
        self.end = 0  # of the last value

    def documents(self) -> tuple[Node, ...]:
        """The documents. Raises Unsure."""
        known: dict[str, Line] = {}
        reader = Lines(self.words)
        free = 0  # the first line that no scalar has taken
        source = self.source
        for number, (line, at) in enumerate(zip(self.lines, self.starts, strict=True)):
            if number < free:
                continue
            taken = known.get(line)
            if taken is None:
                taken = reader.take_apart(line)
                if taken is None:
                    free = self._wrapped(number, free, reader)
                    continue
                known[line] = taken
            column, dashes, inner, key, opens, value, start, end = taken
            if column < 0:
                if taken is MARKER:
                    self._document(at)
                continue
            if dashes is not None or column != self.column or self.values is None:
                self._enter(column, dashes, inner, key, at)
            self.waits = False
            self.end = end = at + end
            if not opens:
                if key is None:
                    self.items.append(Scalar(source, at + start, end, value))
                elif self.values is None or key in self.values:
                    raise Unsure
                else:
                    self.values[key] = Scalar(source, at + start, end, value)
                if opens is not None:
                    self.waits = key or key is None
            elif opens[0] in "[{":
                node = self._flow(opens, at + start)
                self.end = node.end
                self._put(key, node)
            else:
                node, free = self._block(opens, at + start, number + 1)
                self.end = node.end
                self._put(key, node)
        is_empty = not self.has_marker and self.roots[0] is self.nothing
        self._end(len(source.text))
        return () if is_empty else tuple(self.roots)

    def _put(self, key: str | None, node: Node) -> None:
        if key is None:
            self.items.append(node)
        elif self.values is None or key in self.values:
            raise Unsure
        else:
            self.values[key] = node

    def _wrapped(self, number: int, free: int, reader: Lines) -> int:
        """Take a line that is no whole one. Gives the first line that is free then."""
        more = wrapped.plain(self.lines, number, self.column, reader) if number > free else None
        begun = more or wrapped.quoted(self.lines, number, reader)
        if begun is None:
            raise Unsure
        free, line, end = begun
        at = self.starts[number if more is None else number - 1]
        if more is None:
            self._enter(*line[:4], at)
        self.end = self.starts[free - 1] + end
        value = Scalar(self.source, at + line[6], self.end, line[5])
        if more is None:
            self.waits = False
            self._put(line[3], value)
        elif line[3] is None:
            self.items[-1] = value
        elif self.values is not None:
            self.values[line[3]] = value
        return free

    def _flow(self, text: str, start: int) -> Node:
        node = flow(text, start, self.words)
        if node is None:
            raise Unsure
        return node

    def _block(self, header: str, start: int, first: int) -> tuple[Node, int]:
        made = block(header, self.lines, first, self.column)
        if made is None:
            raise Unsure
        text, last, free = made
        return Scalar(self.source, start, self.starts[last + 1] - 1, text), free

    def _document(self, at: int) -> None:
        if self.has_marker or self.roots[0] is not self.nothing:
            if len(self.roots) >= limits.MAX_DOCUMENTS:
                raise Unsure
            self._end(at)
            self.roots.append(self.nothing)
        self.has_marker = True
        self.column, self.values, self.items, self.waits = -1, None, self.roots, True

    def _end(self, at: int) -> None:
        """End a document. at: where what follows it begins; an empty one stands there."""
        while self.outer:
            self._close()
        if self.roots[-1] is self.nothing:
            self.roots[-1] = Scalar(self.source, at, at, None)

    def _enter(self, column: int, dashes: tuple[int, ...] | None, inner: int, key: str | None, at: int) -> None:
        """Make what a line's value belongs to the innermost collection. at: where the line begins."""
        while self.column > column:
            self._close()
        if dashes is None:
            self._to_mapping(column, at)
            return
        if self.column < column or self.values is not None:
            self._place(column, Sequence(self.source, at + column, 0))
        for further in dashes:
            self._item(further, Sequence(self.source, at + further, 0))
        if key is not None:
            self._item(inner, Mapping(self.source, at + inner, 0, IN_TEXT))

    def _to_mapping(self, column: int, at: int) -> None:
        if self.column == column and self.values is None:  # a list may stand in the column of its mapping
            self._close()
        if self.column < column:
            self._place(column, Mapping(self.source, at + column, 0, IN_TEXT))
        if self.values is None:
            raise Unsure

    def _item(self, column: int, node: Mapping | Sequence) -> None:
        self.items.append(node)
        self._open(column, node)

    def _place(self, column: int, node: Mapping | Sequence) -> None:
        """Open a collection as the value that the line before waits for."""
        if self.waits is False:
            raise Unsure
        if isinstance(self.waits, str) and self.values is not None:
            self.values[self.waits] = node
        else:
            self.items[-1] = node
        self._open(column, node)

    def _open(self, column: int, node: Mapping | Sequence) -> None:
        if len(self.outer) > _DEEPEST:
            raise Unsure
        self.outer.append((self.column, self.values, self.items, node))
        self.column, self.waits = column, False
        if isinstance(node, Mapping):
            self.values = node.values
        else:
            self.values, self.items = None, node.items

    def _close(self) -> None:
        self.column, self.values, self.items, node = self.outer.pop()
        node.end = self.end
        self.waits = False
