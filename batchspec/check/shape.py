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
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from batchspec.check.familiar import hint, stands_for
from batchspec.diag import Diagnostic
from batchspec.load import Mapping, Node, Scalar, Sequence, plain
from batchspec.load.limits import MAX_FINDINGS
from batchspec.load.node import find
from batchspec.load.scalars import resolve
from batchspec.source import Span
from batchspec.spec.resolve import is_open
from batchspec.spec.shape import Unset, escape

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
SCHEMA = "batchspec-v1.schema.json"
_TYPES = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "a mapping", "null": "null",
}  # fmt: skip


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
        yield _missing(tree, path, f"one of the keys {_list(names)} must be there", names[0], told=told)
    elif "propertyNames" in error.absolute_schema_path:
        key = node.keys[error.instance].span if isinstance(node, Mapping) else node.span
        message = f'"{error.instance}" is not a name that can stand here'
        yield Flaw(Diagnostic("BS105", message, key, _pointer(path), _form(error)), path, error.instance)
    elif keyword == "not":
        parent = find(tree, list(path[:-1]))
        key = parent.keys[str(path[-1])].span if isinstance(parent, Mapping) else node.span
        others = [name for name in _siblings(error) if isinstance(parent, Mapping) and name in parent.values]
        message = f'"{path[-1]}" cannot stand beside {_list(others)}'
        yield Flaw(Diagnostic("BS109", message, key, _pointer(path), "keep one of them"), path[:-1], str(path[-1]))
    else:
        code, message, hint = _value(node, error)
        yield Flaw(Diagnostic(code, message, _value_span(tree, path, node), _pointer(path), hint), path)


def _value(node: Node, error: Any) -> tuple[str, str, str | None]:
    keyword, limit = error.validator, error.validator_value
    shown = _shown(node)
    if keyword == "type":
        wanted = " or ".join(_TYPES[name] for name in ([limit] if isinstance(limit, str) else limit))
        return "BS103", f"{_typed(node)} is not {wanted}", _type_hint(node, limit, _form(error))
    if keyword == "enum":
        near = get_close_matches(str(error.instance), [str(item) for item in limit], 1, 0.5)
        hint = f'did you mean "{near[0]}"?' if near else None
        return "BS104", f"{shown} is not {'one of ' if len(limit) > 1 else ''}{_list(limit)}", hint
    if error.schema.get("x-code") == "BS205" and keyword not in ("minimum", "maximum"):
        return "BS205", _bad_id(node, limit), _form(error)
    if keyword in ("pattern", "format"):
        return "BS105", f"{shown} does not have the form that is asked for here", _form(error)
    if keyword in ("minimum", "maximum"):
        side = f"less than {limit:,}, the least" if keyword == "minimum" else f"more than {limit:,}, the most"
        return "BS106", f"{shown} is {side} that can stand here", None
    few = keyword in ("minItems", "minLength", "minProperties")
    if few and limit == 1:
        return "BS107", "there is nothing here", None
    unit = {"Items": "entries", "Length": "characters", "Properties": "keys"}[str(keyword)[3:]]
    return "BS107", f"{shown} has {'fewer' if few else 'more'} than {limit:,} {unit}", None


def _bad_id(node: Node, limit: Any) -> str:
    """What is wrong with an id; the limit is a pattern, or the greatest length."""
    text = str(node.value) if isinstance(node, Scalar) else ""
    if not text:
        return "an id has at least one character"
    if isinstance(limit, int):
        return f"{_shown(node)} has {len(text):,} characters, and an id at most {limit}"
    wrong = next((char for char in text if not (char.isascii() and (char.isalnum() or char in "-_"))), "")
    named = {" ": "a space", "\n": "a line end", "\t": "a tab"}.get(wrong, f'"{wrong}"')
    hidden = isinstance(node, Scalar) and node.secret
    return f"{_shown(node)} has {'a character' if hidden else named} in it, which an id cannot have"


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


def _shown(node: Node) -> str:
    if isinstance(node, Scalar):
        if node.secret:
            return "the value from the environment"
        text = json.dumps(node.value, ensure_ascii=False) if not isinstance(node.value, str) else node.value
        return f'"{text if len(text) <= 60 else text[:57] + "..."}"'
    return "this mapping" if isinstance(node, Mapping) else "this list"


def _typed(node: Node) -> str:
    """The value with its own type in words: the text "5" is not a number, though 5 is."""
    if not isinstance(node, Scalar) or node.secret:
        return _shown(node)
    if node.value is None:
        return "null" if node.start < node.end else "an empty value"
    if isinstance(node.value, bool):
        return _shown(node)
    return f"the {'text' if isinstance(node.value, str) else 'number'} {_shown(node)}"


def _type_hint(node: Node, limit: Any, form: str | None) -> str | None:
    if not isinstance(node, Scalar) or node.value is None:
        return "write it as name: value" if limit == "object" else None
    if limit == "array":
        short = len(str(node.value)) < 40 and str(node.value).isprintable()
        return f"write it as a list: [{_shown(node)[1:-1]}]" if short else "write it as a list"
    if form and not isinstance(node.value, str):
        return form
    if limit == "string":
        evaluated = "${{" in node.file.text[node.start : node.end]
        return "add | string to the expression" if evaluated else "put it in quotes"
    written = isinstance(node.value, str) and not isinstance(resolve(node.value), str)
    return "take the quotes away" if written and limit in ("integer", "number", "boolean") else None


def _form(error: Any) -> str | None:
    form = error.schema.get("x-form") if isinstance(error.schema, dict) else None
    return f"write {form}" if form else None


def _siblings(error: Any) -> list[str]:
    steps = list(error.absolute_schema_path)
    return [str(steps[steps.index("dependentSchemas") + 1])] if "dependentSchemas" in steps else []


def _list(names: Any) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{escape(str(step))}" for step in path)
