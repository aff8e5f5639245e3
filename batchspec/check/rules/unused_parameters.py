"""BS211: a parameter that is declared, and that no expression reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.expression import BadExpression, pieces

_READ = re.compile(r"(?<![\w.])params\b(?:\s*\.\s*(\w+)|\s*\[\s*(?:'(\w+)'|\"(\w+)\")\s*\])?")


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Texts are looked at, those of all targets too, and not what came of them: one branch may be another's."""
    declared = spec.keys.parameters
    if not declared or spec.document is None:
        return
    left = set(declared)
    for source in _sources(spec.document):
        for names in _READ.findall(source):
            if not any(names):  # all of them at once: params | length
                return
            if not declared.keys() >= {name for name in names if name}:
                return  # a name misspelt, which is told elsewhere
            left.difference_update(names)
        if not left:
            return
    for name, parameter in declared.items():
        if name in left:
            key = spec.keys.node.values["parameters"].keys[name]  # type: ignore[attr-defined]  # it was bound
            message = f'nothing reads the parameter "{name}"'
            hint = f"write ${{{{ params.{name} }}}} where it is meant, or take it out"
            yield finding("BS211", message, key, parameter.pointer, hint)


def _sources(node: Node) -> Iterator[str]:
    """The expressions of all texts."""
    rest = [node]
    while rest:
        one = rest.pop()
        if isinstance(one, Scalar):
            if isinstance(one.value, str) and "${{" in one.value:
                with suppress(BadExpression):  # one that is not closed; that is told elsewhere
                    yield from (piece.source for piece in pieces(one.value))
        elif isinstance(one, Sequence):
            rest += one.items
        elif isinstance(one, Mapping):
            rest += one.values.values()
