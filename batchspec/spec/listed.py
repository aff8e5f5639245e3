"""Files of parameters: mappings of names to values, YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterable

from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar
from batchspec.reading.limits import MAX_FINDINGS


def listed(documents: Iterable[Node], found: list[Diagnostic]) -> dict[str, Node]:
    """The values of one file's documents by their names, with their places; what is no value is told."""
    made: dict[str, Node] = {}
    for node in documents:
        if isinstance(node, Scalar) and node.value is None:  # an empty file
            continue
        if not isinstance(node, Mapping):
            hint = "write it as name: value"
            found.append(Diagnostic("BS103", "a file of parameters is a mapping", node.span, hint=hint))
            continue
        for name, value in node.items():
            if isinstance(value, Scalar):
                made[name] = value
            elif len(found) < MAX_FINDINGS:
                message = f'the value of "{name}" is neither a text nor a number'
                found.append(Diagnostic("BS103", message, value.span, f"/{name}", "a parameter is a single value"))
    return made
