"""Trees to trees: merge patches, and expressions replaced by their values. Nodes that do not change are shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping as Map
from typing import Any, cast

from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.reading.limits import MAX_FINDINGS
from batchspec.spec.budget import Budget
from batchspec.spec.expression import BadExpression, Withheld, evaluate, faults, pieces
from batchspec.spec.shape import Unset, escape

Contexts = Map[str, Map[str, Any]]


class Environment(Map[str, str]):
    """The caller's environment; it remembers what was read, since that may never be shown."""

    def __init__(self, environ: Map[str, str], budget: Budget | None = None) -> None:
        self._environ = environ
        self.budget = budget or Budget()
        self.used: dict[str, str] = {}
        self.reads = 0
        self._made: set[str] = set()

    def __getitem__(self, name: str) -> str:
        value = self.used[name] = self._environ[name]
        self.reads += 1
        return value

    @property
    def secrets(self) -> frozenset[str]:
        """The values that were read, and what expressions made of them."""
        return frozenset((*self.used.values(), *self._made))

    def hide(self, value: Any) -> None:
        """Remember what an expression made of a value."""
        if value is not None and not isinstance(value, bool):
            self._made.add(str(value))

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


class Evaluated(Scalar):
    """What an expression gave. It is final: a "${{" in it is a part of the text."""

    __slots__ = ()


class Unneeded(Withheld):
    """A secret that was not given, and that nobody needs: what speaks of it is a text all the same."""


class Parameters(dict[str, Any]):
    """The parameters' values.

    hidden: the names of those that came from the caller's environment.
    withheld: the names of those that have no good value, which was told already.
    unneeded: those of them that are secrets which nobody has given, and nobody needs.
    """

    hidden: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    unneeded: frozenset[str] = frozenset()

    def __contains__(self, name: object) -> bool:
        if name in self.unneeded:
            raise Unneeded
        if name in self.withheld:
            raise Withheld
        return super().__contains__(name)


def merge(base: Node | None, patch: Node) -> Node:
    """The patch over the base (RFC 7386): mappings are merged, null removes, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    keys = dict(base.keys) if isinstance(base, Mapping) else {}
    values = dict(base.values) if isinstance(base, Mapping) else {}
    for name, value in patch.items():
        if isinstance(value, Scalar) and value.value is None:
            keys.pop(name, None)
            values.pop(name, None)
        else:
            keys[name] = patch.keys[name]
            values[name] = merge(values.get(name), value)
    place = base if isinstance(base, Mapping) else patch
    return Mapping(place.file, place.start, place.end, keys, values)


def under(base: Node | None, node: Node, *, removes: bool = True) -> Node:
    """The node with what the base has beside it: mappings are merged, null takes the base's value away.

    A merge patch, but that a null with nothing below it stays, since it may have a meaning of its own.
    removes: not so of patches over patches, whose nulls are still to do their work.
    """
    if not isinstance(base, Mapping) or not isinstance(node, Mapping):
        return node
    keys, values = dict(base.keys), dict(base.values)
    for name, value in node.items():
        if removes and name in base.values and isinstance(value, Scalar) and value.value is None:
            del keys[name], values[name]
        else:
            keys[name] = node.keys[name]
            values[name] = under(base.values.get(name), value, removes=removes)
    return Mapping(node.file, node.start, node.end, keys, values)


def without(node: Mapping, names: Iterable[str]) -> Mapping:
    """The mapping without some keys."""
    drop = frozenset(names)
    return Mapping(
        node.file, node.start, node.end,
        {name: key for name, key in node.keys.items() if name not in drop},
        {name: value for name, value in node.values.items() if name not in drop},
    )  # fmt: skip


def resolve(node: Node, contexts: Contexts, found: list[Diagnostic], pointer: str = "", defer: str = "") -> Node:
    """The tree with every expression replaced; one that speaks of the context `defer` stays for later.

    What cannot be evaluated is reported and left as it is; what needs a withheld value is left as it is.
    """
    if isinstance(node, Scalar):
        return _scalar(node, contexts, found, pointer, defer)
    if isinstance(node, Sequence):
        items: list[Node] | None = None
        for at, item in enumerate(node.items):
            made = item if _is_plain(item) else resolve(item, contexts, found, f"{pointer}/{at}", defer)
            if made is not item:
                items = [*node.items] if items is None else items
                items[at] = made
        return node if items is None else Sequence(node.file, node.start, node.end, items)
    assert isinstance(node, Mapping)
    values: dict[str, Node] | None = None
    for name, value in node.values.items():
        made = value if _is_plain(value) else resolve(value, contexts, found, f"{pointer}/{escape(name)}", defer)
        if made is not value:
            values = dict(node.values) if values is None else values
            values[name] = made
    return node if values is None else Mapping(node.file, node.start, node.end, node.keys, values)


def _is_plain(node: Node) -> bool:
    """Whether it is a single value without an expression: most are, and need no pointer."""
    return type(node) is Scalar and (type(node.value) is not str or "${{" not in node.value)


def _scalar(node: Scalar, contexts: Contexts, found: list[Diagnostic], pointer: str, defer: str) -> Scalar:
    text = node.value
    if not isinstance(text, str) or "${{" not in text or isinstance(node, Evaluated):
        return node
    if len(found) > MAX_FINDINGS:  # enough is known
        return node
    try:
        parts = pieces(text)
        if defer and any(piece.uses(defer) for piece in parts):
            return node
        value = evaluate(text, contexts)
    except BadExpression as error:
        wrong = _all(text, contexts) or [error.with_traceback(None)]
        found += [Diagnostic(one.code, one.message, _place(node, one), pointer, one.hint) for one in wrong]
        if all(one.code == "BS214" for one in wrong):
            return Unset(node.file, node.start, node.end, text, secret=True)
        return node
    except Unneeded:
        return Unset(node.file, node.start, node.end, text, secret=True)
    except Withheld:
        return node
    params = contexts.get("params")
    hidden = params.hidden if isinstance(params, Parameters) else ()
    secret = [piece for piece in parts if piece.is_secret(hidden)]
    env = contexts.get("env")
    if secret and isinstance(env, Environment):
        for piece in secret:
            reads = env.reads
            made = evaluate(text[piece.start : piece.end], contexts)
            if env.reads > reads or piece.is_secret_by(hidden):  # else the default of a variable that is not set
                env.hide(made)
    return Evaluated(node.file, node.start, node.end, value, secret=bool(secret))


def is_open(node: Node) -> bool:
    """Whether there is a text in it whose expressions have not been evaluated."""
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and "${{" in node.value and not isinstance(node, (Evaluated, Unset))
    inner = node.items if isinstance(node, Sequence) else cast("Mapping", node).values.values()
    return any(map(is_open, inner))


def _all(text: str, contexts: Contexts) -> list[BadExpression]:
    try:
        return faults(text, contexts)
    except BadExpression:  # one that is not closed: there are no pieces
        return []


def _place(node: Scalar, error: BadExpression) -> Any:
    """The expression's own span where the text in the file is the value itself, else the scalar's."""
    raw = node.file.text[node.start : node.end]
    at = raw.find(str(node.value)[error.start : error.end])
    if at < 0:
        return node.span
    return node.file.span(node.start + at, node.start + at + error.end - error.start)
