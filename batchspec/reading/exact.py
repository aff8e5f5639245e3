"""The exact way to a tree, whose parser is imported only when a file needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchspec.reading.node import Node
from batchspec.source import SourceFile

if TYPE_CHECKING:
    from batchspec.diag import Result


def load(source: SourceFile) -> Result[tuple[Node, ...]]:
    """The documents of a file, each node at its place. Never raises, whatever the bytes."""
    from batchspec.reading.reader import load as read_events

    return read_events(source)
