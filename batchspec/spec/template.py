"""A task as it is written: the template of one task, or of one for each combination of its matrix."""

from __future__ import annotations

from collections.abc import Mapping as Map, Sequence as Seq
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Sequence
from batchspec.reading.node import find
from batchspec.spec.matrix import Combinations, Row
from batchspec.spec.resolve import Contexts, is_open, resolve


@dataclass(frozen=True)
class Template:
    """A task as written, with its example: itself, or the task of its matrix's first combination."""

    node: Mapping  # every expression evaluated but those that speak of the matrix
    pointer: str
    example: Node
    combinations: Combinations | None  # None without a matrix
    contexts: Contexts
    missing: bool = False  # it has a matrix over files that are gone, and nobody needs them

    @cached_property
    def moving(self) -> frozenset[str]:
        """The keys whose values the matrix changes; of all others its tasks have the same."""
        return frozenset(name for name, value in self.node.items() if is_open(value))

    def listed(self, name: str) -> Seq[Node]:
        """The items of the list that stands under a key."""
        found = self.node.values.get(name)
        return found.items if isinstance(found, Sequence) else ()

    def at(self, row: Row) -> dict[str, Map[str, Any]]:
        """The contexts of one combination."""
        assert self.combinations is not None
        return {**self.contexts, "matrix": dict(zip(self.combinations.names, row, strict=True))}

    def below(self, row: Row, pointer: str) -> Node:
        """What stands at a pointer, itself or further down, in the task of one combination; no more of it is made."""
        steps = pointer[len(self.pointer) + 1 :].split("/")
        path: list[str | int] = [int(step) if step.isdigit() else step for step in steps]
        return resolve(find(self.node, path), self.at(row), [], pointer)

    def resolved(self, row: Row, found: list[Diagnostic]) -> Node:
        """The node of the task of one combination."""
        return resolve(self.node, self.at(row), found, self.pointer)
