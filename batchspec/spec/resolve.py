"""Trees to trees: merge patches, and expressions replaced by their values. Nodes that do not change are shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping as Map
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.load import Mapping, Node, Scalar, Sequence
from batchspec.spec.expression import BadExpression, Withheld, evaluate, pieces
from batchspec.spec.shape import escape

Contexts = Map[str, Map[str, Any]]


class Environment(Map[str, str]):
    """The caller's environment; it remembers what was read, since that may never be shown."""

    def __init__(self, environ: Map[str, str]) -> None:
        self._environ = environ
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


class Parameters(dict[str, Any]):
    """The parameters' values.

    hidden: the names of those that came from the caller's environment.
    withheld: the names of those that have no good value, which was told already.
    """

    hidden: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()

    def __contains__(self, name: object) -> bool:
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
        items = [resolve(item, contexts, found, f"{pointer}/{at}", defer) for at, item in enumerate(node.items)]
        same = all(new is old for new, old in zip(items, node.items, strict=True))
        return node if same else Sequence(node.file, node.start, node.end, items)
    assert isinstance(node, Mapping)
    values = {name: resolve(value, contexts, found, f"{pointer}/{escape(name)}", defer) for name, value in node.items()}
    same = all(values[name] is old for name, old in node.items())
    return node if same else Mapping(node.file, node.start, node.end, node.keys, values)


def _scalar(node: Scalar, contexts: Contexts, found: list[Diagnostic], pointer: str, defer: str) -> Scalar:
    text = node.value
    if not isinstance(text, str) or "${{" not in text:
        return node
    try:
        parts = pieces(text)
        if defer and any(piece.uses(defer) for piece in parts):
            return node
        value = evaluate(text, contexts)
    except BadExpression as error:
        found.append(Diagnostic(error.code, error.message, _place(node, error), pointer, error.hint))
        return node
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
    return Scalar(node.file, node.start, node.end, value, secret=bool(secret))


def _place(node: Scalar, error: BadExpression) -> Any:
    """The expression's own span where the text in the file is the value itself, else the scalar's."""
    raw = node.file.text[node.start : node.end]
    at = raw.find(str(node.value)[error.start : error.end])
    if at < 0:
        return node.span
    return node.file.span(node.start + at, node.start + at + error.end - error.start)
