"""Bytes to trees, through PyYAML's event stream; a stack in place of recursion, so that nesting cannot break it."""

from __future__ import annotations

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
        return _nothing(source, "BS001", f"byte {error.start} is not UTF-8", source.span(at, at + 1))
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
            yield loader.get_event()
    finally:
        loader.dispose()


def _offsets(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _nothing(source: SourceFile, code: str, message: str, span: Span | None = None) -> Result[tuple[Node, ...]]:
    return Result(None, (Diagnostic(code, message, span or source.span(0, 0)),))


def _syntax(source: SourceFile, error: yaml.YAMLError) -> Diagnostic:
    mark = getattr(error, "problem_mark", None)
    at = mark.index if mark is not None else getattr(error, "position", 0)
    at = max(0, min(at, len(source.text)))
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "this is not YAML"
    context = getattr(error, "context", None)
    hint = "indent with spaces" if source.text[at : at + 1] == "\t" or "'\\t'" in problem else None
    return Diagnostic("BS002", f"{problem} {context}" if context else problem, source.span(at, at + 1), hint=hint)


class _Stop(Exception):
    """A limit was passed; what follows does not matter."""


@dataclass
class _Open:
    """A collection whose end has not come yet."""

    node: Mapping | Sequence
    anchor: str | None
    key: Scalar | None = None
    skip: bool = False  # the coming value belongs to a key that was refused
    size: int = 1


@dataclass
class _Reader:
    source: SourceFile
    documents: list[Node] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)  # of anchored nodes, by identity

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
        if event.tag in _TEXT_TAGS or (event.tag is None and not event.implicit[0]):
            value: Any = event.value
        else:
            value = resolve(event.value)
            self._refuse_tag(event)
        if event.style in ("|", ">"):  # libyaml ends a block scalar where the next token starts
            end = start + len(self.source.text[start:end].rstrip())
        node = Scalar(self.source, start, end, value)
        if event.anchor:
            self.anchors[event.anchor] = node
            self.sizes[id(node)] = 1
        self._add(node, 1)

    def _alias(self, event: Any) -> None:
        span = _offsets(event)
        if any(entry.anchor == event.anchor for entry in self.stack):
            self._report("BS004", f'the alias "*{event.anchor}" stands inside what it names', *span)
            raise _Stop
        node = self.anchors.get(event.anchor)
        if node is None:
            self._report("BS002", f'there is no anchor "&{event.anchor}" before this alias', *span)
            raise _Stop
        self._add(node, self.sizes[id(node)])

    def _open(self, event: Any, node: Mapping | Sequence) -> None:
        self._refuse_tag(event)
        if len(self.stack) >= MAX_DEPTH:
            self._report("BS007", f"more than {MAX_DEPTH} levels of nesting", node.start, node.end)
            raise _Stop
        self.stack.append(_Open(node, event.anchor))

    def _close(self, event: Any) -> None:
        entry = self.stack.pop()
        node = entry.node
        if event.end_mark.index > event.start_mark.index:  # flow style: the closing bracket
            node.end = event.end_mark.index
        if entry.anchor:
            self.anchors[entry.anchor] = node
            self.sizes[id(node)] = entry.size
        self._add(node, entry.size)

    def _add(self, node: Node, size: int) -> None:
        if not self.stack:
            self.documents.append(node)
            return
        parent = self.stack[-1]
        parent.size += size
        if parent.size > MAX_EXPANDED:
            self._report("BS004", f"aliases expand to more than {MAX_EXPANDED:,} nodes", node.start, node.end)
            raise _Stop
        if isinstance(parent.node, Sequence):
            parent.node.items.append(node)
        elif parent.key is None and not parent.skip:
            self._key(parent, node)
            return
        else:
            if parent.key is not None:
                parent.node.values[str(parent.key.value)] = node
            parent.key, parent.skip = None, False
        if node.start >= parent.node.start:  # an alias points back; it does not move the end
            parent.node.end = max(parent.node.end, node.end)

    def _key(self, parent: _Open, node: Node) -> None:
        mapping = parent.node
        assert isinstance(mapping, Mapping)
        parent.skip = True
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self._report("BS006", "a key here is not a text", node.start, node.end, hint="put it in quotes")
        elif node.value in mapping.keys:
            first = Related("first defined here", mapping.keys[node.value].span)
            self._report("BS003", f'the key "{node.value}" stands here twice', node.start, node.end, related=(first,))
        else:
            mapping.keys[node.value] = parent.key = node
            parent.skip = False

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in _PLAIN_TAGS:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            hint = "leave the tag out, or put the value in quotes"
            start = event.start_mark.index
            self._report("BS005", f'the tag "{shown}" has no meaning here', start, start + len(shown), hint=hint)

    def _report(self, code: str, message: str, start: int, end: int, **more: Any) -> None:
        self.found.append(Diagnostic(code, message, self.source.span(start, end), **more))
