"""Bytes to trees, through PyYAML's event stream; a stack in place of recursion, so that nesting cannot break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from batchspec.diag import Diagnostic, Related, Result, errors_in, tidy
from batchspec.reading import limits
from batchspec.reading.collector import collector_paused
from batchspec.reading.node import Mapping, Node, Scalar, Sequence
from batchspec.reading.scalars import resolve
from batchspec.reading.syntax import syntax
from batchspec.source import SourceFile, Span

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it
_TEXT_TAGS = {"!", "tag:yaml.org,2002:str"}
_PLAIN_TAGS = {None, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", *_TEXT_TAGS}


def load(source: SourceFile) -> Result[tuple[Node, ...]]:
    """The documents of a file. Never raises, whatever the bytes."""
    if len(source.data) > limits.MAX_BYTES:
        return _nothing(source, "BS007", f"the file has {len(source.data):,} bytes; the limit is {limits.MAX_BYTES:,}")
    try:
        source.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = len(source.data[: error.start].decode("utf-8-sig", errors="replace"))
        span, hint = source.span(at, at + 1), "save the file as UTF-8"
        return _nothing(source, "BS001", f"byte {error.start} is not UTF-8", span, hint)
    with collector_paused():
        return _tree(source)


def _tree(source: SourceFile) -> Result[tuple[Node, ...]]:
    reader = _Reader(source)
    take = reader.takes().get
    try:
        for event in _events(source.text):
            handler = take(event.__class__)
            if handler is not None:
                handler(event)
    except yaml.YAMLError as error:
        reader.found.append(syntax(source, error))
    except _Stop:
        pass
    found = tidy(reader.found)
    return Result(None if errors_in(found) else tuple(reader.documents), found)


def _events(text: str) -> Iterator[Any]:
    loader = _Loader(text)
    try:
        get = loader.get_event
        while (event := get()).__class__ is not yaml.StreamEndEvent:
            if event.__class__ is yaml.ScalarEvent and event.style == '"':
                event.value.encode()  # an escape may have made half of a surrogate pair
            yield event
        yield event
    except ValueError as error:  # PyYAML's own scanner lets chr() and int() speak; libyaml has words for it
        mark = loader.get_mark() if isinstance(loader, yaml.SafeLoader) else None
        raise yaml.MarkedYAMLError(problem="this escape is not a character", problem_mark=mark) from error
    finally:
        loader.dispose()


def _nothing(
    source: SourceFile, code: str, message: str, span: Span | None = None, hint: str | None = None
) -> Result[tuple[Node, ...]]:
    return Result(None, (Diagnostic(code, message, span or source.span(0, 0), hint=hint),))


class _Stop(Exception):
    """A limit was passed; what follows does not matter."""


class _Open:
    """A collection whose end has not come yet, and how much it is once its aliases are followed."""

    __slots__ = ("anchor", "depth", "key", "last", "node", "nodes", "skip")

    def __init__(self, node: Mapping | Sequence, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: Scalar | None = None
        self.skip = False  # the coming value belongs to a key that was refused
        self.last = node.end  # the end of the last value
        self.nodes = 1
        self.depth = 1


class _Reader:
    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.documents: list[Node] = []
        self.found: list[Diagnostic] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}  # with the number of nodes and the depth
        self.aliased = 0  # nodes that aliases stand for
        self.plain: dict[str, Any] = {}  # values of plain scalars by their texts

    def takes(self) -> dict[type, Callable[[Any], None]]:
        """What takes each kind of event of the stream."""
        return {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._mapping,
            yaml.SequenceStartEvent: self._sequence,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.DocumentStartEvent: self._document,
        }

    def _document(self, event: Any) -> None:
        self.anchors.clear()
        if len(self.documents) >= limits.MAX_DOCUMENTS:
            message = f"the file has more than {limits.MAX_DOCUMENTS:,} documents"
            self._report("BS007", message, event.start_mark.index, event.end_mark.index, hint="make several files")
            raise _Stop

    def _scalar(self, event: Any) -> None:
        value: Any = event.value
        style, start, end = event.style, event.start_mark.index, event.end_mark.index
        if event.tag is None:
            if event.implicit[0]:
                try:
                    value = self.plain[value]
                except KeyError:
                    self.plain[value] = value = resolve(value)
        elif event.tag not in _TEXT_TAGS:
            value = resolve(value)
            self._refuse_tag(event)
        if style == '"' and "\x00" in event.value:
            self._report("BS002", "a text cannot hold the character NUL", start, end, hint="take \\0 out")
        elif style == "|" or style == ">":
            end = self._block_end(start, end)
        node = Scalar(self.source, start, end, value)
        if event.anchor is not None:
            self.anchors[event.anchor] = node, 1, 1
        self._add(node, start, end)

    def _block_end(self, start: int, end: int) -> int:
        """Where a block scalar ends; libyaml says: where the next token starts."""
        last = start + len(self.source.text[start:end].rstrip(" \t\r\n"))
        line_end = self.source.text.find("\n", last, end)
        return line_end if line_end >= 0 else end

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if any(entry.anchor == event.anchor for entry in self.stack):
            self._report("BS004", f'the alias "*{event.anchor}" stands inside what it names', start, end)
            raise _Stop
        if event.anchor not in self.anchors:
            self._report("BS002", f'there is no anchor "&{event.anchor}" before this alias', start, end)
            raise _Stop
        node, nodes, depth = self.anchors[event.anchor]
        long = len(node.value) // 100 if isinstance(node, Scalar) and isinstance(node.value, str) else 0
        self.aliased += nodes + long
        most = limits.MAX_ALIASED + len(self.source.text) // limits.ALIASED_PER_NODE
        if self.aliased > most:
            self._report("BS004", f"aliases expand to more than {most:,} nodes", start, end)
            raise _Stop
        self._add(node, start, end, nodes, depth)

    def _mapping(self, event: Any) -> None:
        self._open(event, Mapping(self.source, event.start_mark.index, event.end_mark.index, {}))

    def _sequence(self, event: Any) -> None:
        self._open(event, Sequence(self.source, event.start_mark.index, event.end_mark.index))

    def _open(self, event: Any, node: Mapping | Sequence) -> None:
        if event.tag is not None:
            self._refuse_tag(event)
        if len(self.stack) >= limits.MAX_DEPTH:
            self._refuse_depth(node.start, node.end)
        self.stack.append(_Open(node, event.anchor))

    def _close(self, event: Any) -> None:
        entry = self.stack.pop()
        node, end = entry.node, event.end_mark.index
        # In flow style the event has the closing bracket, in block style it has no width.
        node.end = end if end > event.start_mark.index else entry.last
        if entry.anchor is not None:
            self.anchors[entry.anchor] = node, entry.nodes, entry.depth
        self._add(node, node.start, node.end, entry.nodes, entry.depth)

    def _add(self, node: Node, start: int, end: int, nodes: int = 1, depth: int = 1) -> None:
        """Put a node into the innermost open collection; the place is the alias's when it is one."""
        stack = self.stack
        if not stack:
            self.documents.append(node)
            return
        parent = stack[-1]
        if len(stack) + depth > limits.MAX_DEPTH:
            self._refuse_depth(start, end)
        if parent.depth <= depth:
            parent.depth = depth + 1
        parent.nodes += nodes
        if parent.nodes > limits.MAX_EXPANDED:
            self._report("BS004", f"aliases expand to more than {limits.MAX_EXPANDED:,} nodes", start, end)
            raise _Stop
        owner: Any = parent.node  # a list or a mapping; the branches see to it
        if owner.__class__ is Sequence:
            owner.items.append(node)
        elif parent.key is not None:
            owner.values[parent.key.value] = node
            parent.key = None
        elif parent.skip:
            parent.skip = False
        else:
            self._key(parent, node, start, end)
            return
        if parent.last < end:
            parent.last = end

    def _key(self, parent: _Open, node: Node, start: int, end: int) -> None:
        assert isinstance(parent.node, Mapping)
        keys = parent.node.keys
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            parent.skip = True
            is_scalar = isinstance(node, Scalar)
            message = f'the key "{self.source.text[start:end]}" is not a text' if is_scalar else "this key is no text"
            self._report("BS006", message, start, end, hint="put it in quotes" if is_scalar else None)
        elif node.value in keys:
            parent.skip = True
            first = Related("first defined here", keys[node.value].span)
            self._report("BS003", f'the key "{node.value}" stands here twice', start, end, related=(first,))
        else:
            keys[node.value] = parent.key = node

    def _refuse_depth(self, start: int, end: int) -> None:
        self._report("BS007", f"more than {limits.MAX_DEPTH} levels of nesting", start, end)
        raise _Stop

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in _PLAIN_TAGS:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            hint = "leave the tag out, or put the value in quotes"
            start = event.start_mark.index
            self._report("BS005", f'the tag "{shown}" has no meaning here', start, start + len(shown), hint=hint)

    def _report(self, code: str, message: str, start: int, end: int, **more: Any) -> None:
        if len(self.found) >= limits.MAX_FINDINGS:
            words, hint = f"there are more than {limits.MAX_FINDINGS:,} findings up to here", "mend those first"
            self.found.append(Diagnostic("BS007", words, self.source.span(start, end), hint=hint))
            raise _Stop
        self.found.append(Diagnostic(code, message, self.source.span(start, end), **more))
