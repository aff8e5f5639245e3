"""A document with the files that it includes: one tree, whose nodes know the file that they are from.

    document + include: [a.yaml, b.yaml]  ->  a merged under b merged under the document

Mappings are merged, and the including file wins; lists replace each other, but for `tasks`: all are taken, the
included ones first. A file is taken once, where it is first met. Paths start from the file that they are written in.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from batchspec.diag import Diagnostic, Result, errors_in
from batchspec.errors import UnreadableFile
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.reading.limits import MAX_BYTES
from batchspec.source import SourceFile
from batchspec.spec.files import inside, is_bad, kind, says_outside, within
from batchspec.spec.resolve import under, without

MOST_FILES = 100
MAX_DEPTH = 20
_KEY = "include"

Read = Callable[[Path], SourceFile]
Load = Callable[[SourceFile], Result[tuple[Node, ...]]]


@dataclass(frozen=True)
class Whole:
    """A document and what it includes; None when a file could not be had, and why."""

    document: Node | None
    sources: tuple[SourceFile, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def include(document: Node, read: Read, load: Load, *, allow_outside: bool = False) -> Whole:
    """The document with all that it includes merged under it. One without `include` is given back as it is."""
    if not isinstance(document, Mapping) or _KEY not in document.values:
        return Whole(document)
    work = _Work(document.file.folder, read, load, allow_outside)
    path = _real(Path(document.file.path))
    work.taken.add(path)
    made = work.whole(document, "", (path,))
    return Whole(None if errors_in(work.found) else made, tuple(work.sources), tuple(work.found))


class _Refused(Exception):
    """A file that is not taken, and why."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__()
        self.code, self.message, self.hint = code, message, hint


@dataclass
class _Work:
    """What has been read for one document."""

    root: Path
    read: Read
    load: Load
    allow_outside: bool
    sources: list[SourceFile] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    taken: set[Path] = field(default_factory=set)
    size: int = 0

    def whole(self, node: Mapping, pointer: str, chain: tuple[Path, ...]) -> Mapping:
        """The mapping over all that it includes. chain: the files from the document to this one."""
        listed = node.get(_KEY)
        items = listed.items if isinstance(listed, Sequence) else []
        if listed is not None and len(items) > MOST_FILES:
            message = f"more than {MOST_FILES} files are included"
            self.found.append(Diagnostic("BS013", message, listed.span, f"/{_KEY}"))
            return node
        base: Mapping | None = None
        for at, item in enumerate(items):
            if not isinstance(item, Scalar) or not isinstance(item.value, str) or not item.value:
                if pointer or len(chain) > 1:  # of the document's own the schema tells
                    self.found.append(Diagnostic("BS103", "this is not the path of a file", item.span, _KEY))
                continue
            try:
                part = self._part(item, item.value, chain)
            except _Refused as refused:
                place = f"/{_KEY}/{at}"
                self.found.append(Diagnostic(refused.code, refused.message, item.span, place, refused.hint))
                continue
            if part is not None:
                base = part if base is None else _over(base, part)
        if listed is not None and not isinstance(listed, Sequence) and len(chain) > 1:
            self.found.append(Diagnostic("BS103", "files are included as a list", listed.span, f"/{_KEY}"))
        return node if base is None else _over(base, node)

    def _part(self, item: Scalar, text: str, chain: tuple[Path, ...]) -> Mapping | None:
        """What an entry stands for, with all that it includes itself; None when it was taken before."""
        path = self._path(item, text)
        real = _real(path)
        if real in chain:
            circle = " -> ".join(one.name for one in (*chain[chain.index(real) :], real))
            raise _Refused("BS011", f"files include each other: {circle}", "take one of these entries away")
        if len(chain) > MAX_DEPTH:
            raise _Refused("BS013", f"files include each other more than {MAX_DEPTH} levels deep")
        if real in self.taken:
            return None
        if len(self.taken) > MOST_FILES:
            raise _Refused("BS013", f"more than {MOST_FILES} files are included")
        self.taken.add(real)
        source = self._source(path, text)
        loaded = self.load(source)
        self.found += loaded.diagnostics
        nodes = [node for node in loaded.value or () if not (isinstance(node, Scalar) and node.value is None)]
        if loaded.value is None:
            return None
        if len(nodes) != 1:
            raise _Refused("BS010", f'the included file "{text}" holds {"several documents" if nodes else "nothing"}')
        (node,) = nodes
        if not isinstance(node, Mapping):
            self.found.append(Diagnostic("BS103", "a part of a spec is a mapping", node.span))
            return None
        version = node.get("batchspec")
        if version is not None and not (isinstance(version, Scalar) and version.value == "v1"):
            message = "an included file is of the version v1, or says none"
            self.found.append(Diagnostic("BS104", message, version.span, "/batchspec"))
        return without(self.whole(node, "", (*chain, real)), (_KEY,))

    def _path(self, item: Scalar, text: str) -> Path:
        folder = item.file.folder
        path = folder / text
        if "${{" in text:
            hint = "write the path out; nothing is evaluated in it"
            raise _Refused("BS010", f'the path "{text}" has an expression in it', hint)
        if is_bad(text):
            raise _Refused("BS012", f'the path "{text}" can name no file here', "write it with /, without wildcards")
        hint = "keep it beside the spec, or below it"
        if not inside(text, folder, self.root):
            if not (self.allow_outside and says_outside(text)):
                hint += ", or give --allow-outside"
                raise _Refused("BS012", f'the included file "{text}" is outside the spec\'s folder', hint)
        elif not within(path, self.root):
            raise _Refused("BS012", f'the included file "{text}" is a link that leaves the spec\'s folder', hint)
        if kind(path) != "file":
            raise _Refused("BS010", f'the included file "{text}" is {_what(path)}')
        return path

    def _source(self, path: Path, text: str) -> SourceFile:
        try:
            self.size += path.stat().st_size
            if self.size > MAX_BYTES:
                raise _Refused("BS013", f"the included files have more than {MAX_BYTES:,} bytes")
            source = self.read(path)
        except (OSError, UnreadableFile) as error:
            reason = error.message if isinstance(error, UnreadableFile) else str(error.strerror)
            raise _Refused("BS010", f'the included file "{text}" cannot be read: {reason}') from None
        self.sources.append(source)
        return source


def _over(base: Mapping, node: Mapping) -> Mapping:
    """The node over the base, with the tasks of both."""
    made = under(base, node)
    assert isinstance(made, Mapping)
    if "targets" in base.values and "targets" in node.values:
        made.values["targets"] = under(base.values["targets"], node.values["targets"], removes=False)
    before, after = base.get("tasks"), node.get("tasks")
    if isinstance(before, Sequence) and isinstance(after, Sequence):
        items = [*before.items, *after.items]
        made.values["tasks"] = Sequence(after.file, after.start, after.end, items)  # it was made just now
    return made


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _what(path: Path) -> str:
    return "a folder" if kind(path) == "folder" else "not there"
