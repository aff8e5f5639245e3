"""The targets that a document is judged for, and how many they may be: each has the whole of it judged once more."""

from __future__ import annotations

from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.source import SourceFile

MOST = 50
MOST_NODES = 150_000  # of all targets together, for each megabyte of text
_MEGABYTE = 1_000_000


def targets_of(document: Node) -> list[str]:
    """The names of those that it has changes for."""
    listed = document.get("targets") if isinstance(document, Mapping) else None
    return list(listed.values) if isinstance(listed, Mapping) else []


def too_many(document: Node) -> Diagnostic | None:
    """More targets than a spec may have."""
    count = len(targets_of(document))
    if count <= MOST:
        return None
    return _finding(
        document, f"the spec has {count:,} targets; the limit is {MOST}", "make a spec for each group of them"
    )


def too_large(document: Node) -> Diagnostic | None:
    """Targets that it would take too long to judge in one go."""
    count = len(targets_of(document))
    if not count or not _is_larger(document, count):
        return None
    message = f"the spec is too large to be judged for its {count} targets in one go"
    return _finding(document, message, "give --target, and judge one at a time")


def _finding(document: Node, message: str, hint: str) -> Diagnostic:
    assert isinstance(document, Mapping)
    return Diagnostic("BS007", message, document.keys["targets"].span, "/targets", hint)


def _is_larger(document: Node, times: int) -> bool:
    """Whether a tree, looked at so many times, has too many nodes for the text that it came from."""
    files: dict[int, SourceFile] = {}
    nodes, most = 0, 0
    left = [document]
    while left:
        node = left.pop()
        nodes += times
        if isinstance(node, Scalar):
            continue
        if id(node.file) not in files:
            files[id(node.file)] = node.file
            most = int(MOST_NODES * max(1.0, sum(len(one.data) for one in files.values()) / _MEGABYTE))
        if isinstance(node, Sequence):
            left += node.items
        elif isinstance(node, Mapping):
            left += node.values.values()
        if nodes > 100 * most:  # as aliases can make it
            return True
    return nodes > most
