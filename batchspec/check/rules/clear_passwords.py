"""BS411: passwords and keys of the service's own fields come from the caller's environment."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.credentials import is_hidden
from batchspec.check.rule import finding
from batchspec.check.walk import Walk
from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.table import Bound

_HINT = "take it from the environment: ${{ env.NAME }}"


def secrets_of(model: type[Bound]) -> tuple[str, ...]:
    """The keys of a model that hold a secret."""
    named: tuple[str, ...] = getattr(model, "secrets", ())
    return named


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The pool, the job, and each template's example."""
    walk = Walk(lambda model: bool(secrets_of(model)))
    keys = spec.keys
    tops: list[Bound | None] = [keys.pool, keys.job, *(task for task, _ in spec.examples())]
    for top in tops:
        for bound in walk(top) if top is not None else ():
            yield from _judge(bound)


def _judge(bound: Bound) -> Iterator[Diagnostic]:
    for name in secrets_of(type(bound)):
        node = bound.node.values.get(name)
        if node is not None and _is_clear(node):
            yield finding("BS411", f'"{name}" is written in clear text', node, f"{bound.pointer}/{name}", _HINT)


def _is_clear(node: Node) -> bool:
    """Whether there is a value, and nothing of it comes from the environment; of a mapping not all need be secret."""
    texts = [one for one in _scalars(node) if isinstance(one.value, str) and one.value]
    return bool(texts) and not any(map(is_hidden, texts))


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    inner = node.items if isinstance(node, Sequence) else node.values.values() if isinstance(node, Mapping) else ()
    for one in inner:
        yield from _scalars(one)
