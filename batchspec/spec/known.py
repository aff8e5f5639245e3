"""Which templates make tasks that are known. Of a matrix over files that are gone nobody knows what it made.

Who only looks at work, or clears it away, does without these tasks, and without those that wait for them: of such a
task it would look as if it waited for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence as Seq

from batchspec.reading import Mapping, Node, Scalar
from batchspec.spec.template import Template

MISSING = frozenset({"BS215", "BS216"})  # an axis whose files, or whose table, cannot be had


def known(templates: Seq[Template]) -> tuple[Template, ...]:
    """Those of which all is known."""
    left = [one for one in templates if not one.missing]
    gone = {name for one in templates if one.missing for name in _called(one)}
    while more := [one for one in left if not gone.isdisjoint(_waits_for(one))]:
        left = [one for one in left if one not in more]
        gone.update(name for one in more for name in _called(one))
    return tuple(left)


def _called(template: Template) -> Iterator[str]:
    yield from _texts([template.node.values.get("id"), template.node.values.get("name")])


def _waits_for(template: Template) -> Iterator[str]:
    yield from _texts(template.listed("depends_on"))
    yield from _texts([item.values.get("task") for item in template.listed("inputs") if isinstance(item, Mapping)])


def _texts(nodes: Seq[Node | None]) -> Iterator[str]:
    yield from (str(node.value) for node in nodes if isinstance(node, Scalar))
