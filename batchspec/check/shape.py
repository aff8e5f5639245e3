"""The JSON Schema's errors as findings at their places, and what each of them leaves unusable.

keyword                              code    place
additionalProperties                 BS101   each extra key
required, anyOf of required          BS102   the key that owns the mapping
type                                 BS103   the value
enum                                 BS104   the value
pattern, format                      BS105   the value, or the key for propertyNames; BS205 where x-code says so
minimum, maximum                     BS106   the value
minItems, maxLength, ...             BS107   the value
not (a key that another excludes)    BS109   the key
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping as Map
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from batchspec.check.familiar import hint, stands_for
from batchspec.check.wording import form, quoted, value
from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence, plain
from batchspec.reading.limits import MAX_FINDINGS
from batchspec.reading.node import find
from batchspec.source import Span
from batchspec.spec.resolve import is_open
from batchspec.spec.shape import Unset, escape

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
SCHEMA = "batchspec-v1.schema.json"


@dataclass(frozen=True)
class Flaw:
    """The path of what is unusable, and why; `key` when it is a key there that is missing or too much.

    diagnostic: None when it was told elsewhere.
    is_unset: it is a text all the same, and only what the text is cannot be told.
    """

    diagnostic: Diagnostic | None
    path: tuple[str | int, ...]
    key: str | None = None
    is_unset: bool = False

    @property
    def pointer(self) -> str:
        """The JSON pointer of what is unusable."""
        return _pointer(self.path if self.key is None else (*self.path, self.key))


def schema_text() -> str:
    """The published schema: from the installed package, or from the repository beside it."""
    packaged = resources.files("batchspec") / "schemas" / SCHEMA
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / "schemas" / SCHEMA).read_text(encoding="utf-8")


def explain(tree: Node, tasks: Map[int, Node] | None = None) -> list[Flaw]:
    """Every way in which a document does not have its shape, in no order.

    tasks: those to look at, by their places in the list, when the others are known to be good: it takes time.
    """
    if tasks is None or not isinstance(tree, Mapping):
        return _explained(tree)
    whole = tree.values["tasks"]
    listed = Sequence(whole.file, whole.start, whole.end, list(tasks.values()))
    made = _explained(Mapping(tree.file, tree.start, tree.end, tree.keys, {**tree.values, "tasks": listed}))
    return [_moved(flaw, list(tasks)) for flaw in made]


def _moved(flaw: Flaw, places: list[int]) -> Flaw:
    """The flaw of a task that was chosen, at the task's own place."""
    if flaw.path[:1] != ("tasks",) or len(flaw.path) == 1:
        return flaw
    at, one = places[int(flaw.path[1])], flaw.diagnostic
    told = one and replace(one, pointer=one.pointer.replace(f"/tasks/{flaw.path[1]}", f"/tasks/{at}", 1))
    return Flaw(told, ("tasks", at, *flaw.path[2:]), flaw.key)


def _explained(tree: Node) -> list[Flaw]:
    told: dict[tuple[str, str], Flaw] = {}  # the schema says some things more than once
    for error in _validator().iter_errors(plain(tree)):
        for flaw in islice(_flaws(tree, error), MAX_FINDINGS):
            told.setdefault((flaw.pointer, flaw.diagnostic.code if flaw.diagnostic else ""), flaw)
        if len(told) > MAX_FINDINGS:
            break
    return list(told.values())


def unknown(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[Flaw]:
    """Every text that still has an expression in it."""
    if isinstance(node, Scalar):
        if is_open(node) or isinstance(node, Unset):
            yield Flaw(None, path, is_unset=isinstance(node, Unset))
        return
    inner = enumerate(node.items) if isinstance(node, Sequence) else cast("Mapping", node).items()
    for step, child in inner:
        if not path and step == "targets":
            continue  # patches: what is used of them has been merged
        yield from unknown(child, (*path, step))


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # its import costs as much as all else together

    return Draft202012Validator(json.loads(schema_text()))


def _flaws(tree: Node, error: Any) -> Iterator[Flaw]:  # error: a ValidationError, whose fields are untyped
    path = tuple(error.absolute_path)
    node = find(tree, list(path))
    keyword, limit = error.validator, error.validator_value
    if keyword == "additionalProperties":
        yield from _unknown_keys(node, error, path)
    elif keyword == "required":
        for name in limit:
            if name not in error.instance:
                told = name in _meant(error)
                yield _missing(tree, path, f'the key "{name}" is missing', name, told=told)
    elif keyword == "anyOf":
        names = [option["required"][0] for option in limit]
        told = not _meant(error).isdisjoint(names)
        yield _missing(tree, path, f"one of the keys {quoted(names)} must be there", names[0], told=told)
    elif "propertyNames" in error.absolute_schema_path:
        key = node.keys[error.instance].span if isinstance(node, Mapping) else node.span
        message = f'"{error.instance}" is not a name that can stand here'
        yield Flaw(Diagnostic("BS105", message, key, _pointer(path), form(error)), path, error.instance)
    elif keyword == "not":
        parent = find(tree, list(path[:-1]))
        key = parent.keys[str(path[-1])].span if isinstance(parent, Mapping) else node.span
        others = [name for name in _siblings(error) if isinstance(parent, Mapping) and name in parent.values]
        message = f'"{path[-1]}" cannot stand beside {quoted(others)}'
        yield Flaw(Diagnostic("BS109", message, key, _pointer(path), "keep one of them"), path[:-1], str(path[-1]))
    else:
        code, message, hint = value(node, error)
        yield Flaw(Diagnostic(code, message, _value_span(tree, path, node), _pointer(path), hint), path)


def _unknown_keys(node: Node, error: Any, path: tuple[str | int, ...]) -> Iterator[Flaw]:
    known = list(error.schema.get("properties", {}))
    for name in error.instance:
        if name in known or not isinstance(node, Mapping):
            continue
        owner = f' in "{path[-1]}"' if path and isinstance(path[-1], str) else ""
        message, pointer = f'there is no key "{name}"{owner}', _pointer((*path, name))
        yield Flaw(Diagnostic("BS101", message, node.keys[name].span, pointer, hint(name, known)), path, name)
        for meant in stands_for(name, known) - error.instance.keys():
            yield Flaw(None, path, meant)  # what is wrong for want of it was told with this


def _meant(error: Any) -> frozenset[str]:
    """The keys that the unknown keys of a mapping seem to stand for: a misspelt key is one fault, not two."""
    known = list(error.schema.get("properties", {}))
    return frozenset(meant for name in error.instance if name not in known for meant in stands_for(name, known))


def _missing(tree: Node, path: tuple[str | int, ...], message: str, name: str, *, told: bool) -> Flaw:
    found = None if told else Diagnostic("BS102", message, _owner(tree, path), _pointer(path))
    return Flaw(found, path, name)


def _owner(tree: Node, path: tuple[str | int, ...]) -> Span:
    """The key that owns a mapping; of a list's item its first line."""
    node = find(tree, list(path))
    parent = find(tree, list(path[:-1])) if path else None
    if isinstance(parent, Mapping):
        return parent.keys[str(path[-1])].span
    first_line_end = node.file.text.find("\n", node.start, node.end)
    return node.file.span(node.start, first_line_end if first_line_end >= 0 else node.end)


def _value_span(tree: Node, path: tuple[str | int, ...], node: Node) -> Span:
    """The value's own place; a collection or nothing at all is shown by the key that owns it."""
    empty = node.start == node.end
    return node.span if isinstance(node, Scalar) and not empty else _owner(tree, path)


def _siblings(error: Any) -> list[str]:
    steps = list(error.absolute_schema_path)
    return [str(steps[steps.index("dependentSchemas") + 1])] if "dependentSchemas" in steps else []


def _pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{escape(str(step))}" for step in path)
