"""A task as it is written: the template of one task, or of one for each combination of its matrix."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.load import Mapping, Node
from batchspec.spec.matrix import Combinations, Row
from batchspec.spec.resolve import Contexts, resolve


@dataclass(frozen=True)
class Template:
    """A task as written, with its example: itself, or the task of its matrix's first combination."""

    node: Mapping  # every expression evaluated but those that speak of the matrix
    pointer: str
    example: Node
    combinations: Combinations | None  # None without a matrix
    contexts: Contexts

    def at(self, row: Row) -> dict[str, Map[str, Any]]:
        """The contexts of one combination."""
        assert self.combinations is not None
        return {**self.contexts, "matrix": dict(zip(self.combinations.names, row, strict=True))}

    def resolved(self, row: Row, found: list[Diagnostic]) -> Node:
        """The node of the task of one combination."""
        return resolve(self.node, self.at(row), found, self.pointer)
