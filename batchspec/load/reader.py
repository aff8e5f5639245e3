"""Bytes to trees, through PyYAML's event stream; a stack in place of recursion, so that nesting cannot break it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from batchspec.diag import Diagnostic, Related, Result, errors_in, tidy
from batchspec.load.node import Mapping, Node, Scalar, Sequence
from batchspec.load.scalars import resolve
from batchspec.source import SourceFile, Span

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
MAX_EXPANDED = 5_000_000  # nodes, counting each use of an alias

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it
# What YAML 1.1 calls not printable; libyaml gives only a byte offset for it. Slow to compile, so only when needed.
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_HINTS = (  # what people do wrong, by the parser's words for it
    ("'\\t'", "indent with spaces"),
    ("mapping values are not allowed", 'put a text that has ": " in it in quotes'),
    ("cannot start any token", "put a text that starts with this character in quotes"),
)
_TEXT_TAGS = {"!", "tag:yaml.org,2002:str"}
_PLAIN_TAGS = {None, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", *_TEXT_TAGS}


def load(source: SourceFile) -> Result[tuple[Node, ...]]:
    """The documents of a file. Never raises, whatever the bytes."""
    if len(source.data) > MAX_BYTES:
        return _nothing(source, "BS007", f"the file has {len(source.data):,} bytes; the limit is {MAX_BYTES:,}")
    try:
        source.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = len(source.data[: error.start].decode("utf-8-sig", errors="replace"))
        span, hint = source.span(at, at + 1), "save the file as UTF-8"
        return _nothing(source, "BS001", f"byte {error.start} is not UTF-8", span, hint)
    reader = _Reader(source)
    try:
        for event in _events(source.text):
            reader.take(event)
    except yaml.YAMLError as error:
        reader.found.append(_syntax(source, error))
    except _Stop:
        pass
    found = tidy(reader.found)
    return Result(None if errors_in(found) else tuple(reader.documents), found)


def _events(text: str) -> Iterator[Any]:
    loader = _Loader(text)
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.ScalarEvent):
                event.value.encode()  # an escape may have made half of a surrogate pair
            yield event
    except ValueError as error:  # PyYAML's own scanner lets chr() and int() speak; libyaml has words for it
        mark = loader.get_mark() if isinstance(loader, yaml.SafeLoader) else None
        raise yaml.MarkedYAMLError(problem="this escape is not a character", problem_mark=mark) from error
    finally:
        loader.dispose()


def _offsets(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _nothing(
    source: SourceFile, code: str, message: str, span: Span | None = None, hint: str | None = None
) -> Result[tuple[Node, ...]]:
    return Result(None, (Diagnostic(code, message, span or source.span(0, 0), hint=hint),))


def _syntax(source: SourceFile, error: yaml.YAMLError) -> Diagnostic:
    forbidden = re.search(_FORBIDDEN, source.text) if isinstance(error, yaml.reader.ReaderError) else None
    if forbidden:
        message = f"the character U+{ord(forbidden[0]):04X} cannot stand in YAML"
        hint = f'write it as "{forbidden[0].encode("unicode_escape").decode()}", in double quotes'
        return Diagnostic("BS002", message, source.span(*forbidden.span()), hint=hint)
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    at = min(mark.index, len(source.text)) if mark is not None else 0
    problem = getattr(error, "problem", None) or "this is not YAML"
    context = getattr(error, "context", None)
    told = "'\\t'" if source.text[at : at + 1] == "\t" else problem
    related = (Related("it begins here", source.span(begun.index, begun.index + 1)),) if context and begun else ()
    return Diagnostic(
        "BS002",
        f"{problem} {context}" if context else problem,
        source.span(at, at + 1),
        hint=next((hint for words, hint in _HINTS if words in told), None),
        related=related if begun and begun.index != at else (),
    )


class _Stop(Exception):
    """A limit was passed; what follows does not matter."""


@dataclass
class _Extent:
    """How much a node is once its aliases are followed."""

    nodes: int = 1
    depth: int = 1


@dataclass
class _Open:
    """A collection whose end has not come yet."""

    node: Mapping | Sequence
    anchor: str | None
    key: Scalar | None = None
    skip: bool = False  # the coming value belongs to a key that was refused
    extent: _Extent = field(default_factory=lambda: _Extent())


@dataclass
class _Reader:
    source: SourceFile
    documents: list[Node] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    extents: dict[str, _Extent] = field(default_factory=dict)  # of anchored nodes, by anchor

    def take(self, event: Any) -> None:
        """One event of the stream."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open(event, Mapping(self.source, *_offsets(event)))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open(event, Sequence(self.source, *_offsets(event)))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.anchors.clear()

    def _scalar(self, event: Any) -> None:
        start, end = _offsets(event)
        if "\x00" in event.value:
            self._report("BS002", "a text cannot hold the character NUL", start, end, hint="take \\0 out")
        if event.tag in _TEXT_TAGS or (event.tag is None and not event.implicit[0]):
            value: Any = event.value
        else:
            value = resolve(event.value)
            self._refuse_tag(event)
        if event.style in ("|", ">"):  # libyaml ends a block scalar where the next token starts
            last = start + len(self.source.text[start:end].rstrip(" \t\r\n"))
            line_end = self.source.text.find("\n", last, end)
            end = line_end if line_end >= 0 else end
        node = Scalar(self.source, start, end, value)
        if event.anchor:
            self.anchors[event.anchor] = node
            self.extents[event.anchor] = _Extent()
        self._add(node, _Extent())

    def _alias(self, event: Any) -> None:
        span = _offsets(event)
        if any(entry.anchor == event.anchor for entry in self.stack):
            self._report("BS004", f'the alias "*{event.anchor}" stands inside what it names', *span)
            raise _Stop
        node = self.anchors.get(event.anchor)
        if node is None:
            self._report("BS002", f'there is no anchor "&{event.anchor}" before this alias', *span)
            raise _Stop
        self._add(node, self.extents[event.anchor], span)

    def _open(self, event: Any, node: Mapping | Sequence) -> None:
        self._refuse_tag(event)
        self._refuse_depth(len(self.stack) + 1, node.start, node.end)
        self.stack.append(_Open(node, event.anchor))

    def _close(self, event: Any) -> None:
        entry = self.stack.pop()
        node = entry.node
        if event.end_mark.index > event.start_mark.index:  # flow style: the closing bracket
            node.end = event.end_mark.index
        if entry.anchor:
            self.anchors[entry.anchor] = node
            self.extents[entry.anchor] = entry.extent
        self._add(node, entry.extent)

    def _add(self, node: Node, extent: _Extent, alias: tuple[int, int] | None = None) -> None:
        place = alias or (node.start, node.end)
        if not self.stack:
            self.documents.append(node)
            return
        parent = self.stack[-1]
        self._refuse_depth(len(self.stack) + extent.depth, *place)
        parent.extent.depth = max(parent.extent.depth, extent.depth + 1)
        parent.extent.nodes += extent.nodes
        if parent.extent.nodes > MAX_EXPANDED:
            self._report("BS004", f"aliases expand to more than {MAX_EXPANDED:,} nodes", *place)
            raise _Stop
        if isinstance(parent.node, Sequence):
            parent.node.items.append(node)
        elif parent.key is None and not parent.skip:
            self._key(parent, node, *place)
            return
        else:
            if parent.key is not None:
                parent.node.values[str(parent.key.value)] = node
            parent.key, parent.skip = None, False
        parent.node.end = max(parent.node.end, place[1])

    def _key(self, parent: _Open, node: Node, start: int, end: int) -> None:
        mapping = parent.node
        assert isinstance(mapping, Mapping)
        parent.skip = True
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            is_scalar = isinstance(node, Scalar)
            message = f'the key "{self.source.text[start:end]}" is not a text' if is_scalar else "this key is no text"
            self._report("BS006", message, start, end, hint="put it in quotes" if is_scalar else None)
        elif node.value in mapping.keys:
            first = Related("first defined here", mapping.keys[node.value].span)
            self._report("BS003", f'the key "{node.value}" stands here twice', start, end, related=(first,))
        else:
            mapping.keys[node.value] = parent.key = node
            parent.skip = False

    def _refuse_depth(self, depth: int, start: int, end: int) -> None:
        if depth > MAX_DEPTH:
            self._report("BS007", f"more than {MAX_DEPTH} levels of nesting", start, end)
            raise _Stop

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in _PLAIN_TAGS:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            hint = "leave the tag out, or put the value in quotes"
            start = event.start_mark.index
            self._report("BS005", f'the tag "{shown}" has no meaning here', start, start + len(shown), hint=hint)

    def _report(self, code: str, message: str, start: int, end: int, **more: Any) -> None:
        self.found.append(Diagnostic(code, message, self.source.span(start, end), **more))
