"""BS408, BS409: no key, token or signed URL stands in a spec, which is kept in git for everybody to read."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.credentials import SIGNS, has_sign, is_hidden, is_name, is_worth, of_url, of_value
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.load import Mapping, Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.resolve import Evaluated
from batchspec.spec.shape import escape

# Fields of the service that hold secrets have a rule of their own, BS411.
_PASSWORDS = frozenset(("password", "account_key", "sas_key", "ssh_private_key", "protected_settings"))
_URL_HINT = "take it from the environment: ${{ env.NAME }}; or let the nodes sign in with an identity_reference"
_HINT = "take it from the environment: ${{ env.NAME }}"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """All that is written; a template's tasks through their example, and in full only where there is a sign of one."""
    told: set[tuple[str, str, int]] = set()  # task_defaults are a part of each task, too
    for found, node in _each(spec):
        key = (found.code, node.file.path, node.start)
        if key not in told:
            told.add(key)
            yield found


_Found = tuple[Diagnostic, Node]


def _each(spec: Spec) -> Iterator[_Found]:
    for name, node in spec.keys.node.values.items():
        if name != "tasks":
            yield from _parameters(node) if name == "parameters" else _below(node, f"/{escape(name)}")
    signs: dict[int, tuple[str, ...]] = {}  # those that are in a file at all
    for task, _ in spec.examples():
        node = task.node
        text = node.file.text
        if id(text) not in signs:
            signs[id(text)] = tuple(sign for sign in SIGNS if sign in text)
        # A tree of `quick` has no places: there the file stands for each of its tasks.
        start, end = (node.start, node.end) if node.end else (0, len(text))
        if "matrix" in node.values or _has_one(text, start, end, signs[id(text)]):
            yield from _below(node, task.pointer)
        elif "environment" in node.values:
            variables = node.values["environment"]
            if isinstance(variables, Mapping) and any(map(is_name, variables.values)):
                yield from _environment(variables, f"{task.pointer}/environment")


def _has_one(text: str, start: int, end: int, signs: tuple[str, ...]) -> bool:
    for sign in signs:  # noqa: SIM110  ten thousand times, and there a loop is quicker
        if text.find(sign, start, end) >= 0:
            return True
    return False


def _below(node: Node, pointer: str) -> Iterator[_Found]:
    if isinstance(node, Scalar):
        yield from _text(node, pointer)
    elif isinstance(node, Sequence):
        for at, item in enumerate(node.items):
            yield from _below(item, f"{pointer}/{at}")
    elif isinstance(node, Mapping):
        for name, value in node.values.items():
            if name == "environment":
                yield from _environment(value, f"{pointer}/environment")
            elif name not in _PASSWORDS:
                yield from _below(value, f"{pointer}/{escape(name)}")


def _text(node: Scalar, pointer: str) -> Iterator[_Found]:
    """A secret by its form, wherever it stands."""
    text = node.value
    if not isinstance(text, str) or not has_sign(text) or is_hidden(node):
        return
    carried = of_url(text)
    if carried is not None:
        yield finding("BS408", f"a URL carries {carried} in clear text", node, pointer, _URL_HINT), node
        return
    looks = of_value(text)
    if looks is not None:
        yield finding("BS409", f"the text has what looks like {looks}", node, pointer, _HINT), node


def _environment(node: Node, pointer: str) -> Iterator[_Found]:
    for name, value in node.values.items() if isinstance(node, Mapping) else ():
        if isinstance(value, Scalar):
            yield from _named(name, value, f"{pointer}/{escape(name)}", f'the variable "{name}"')


def _parameters(node: Node) -> Iterator[_Found]:
    for name, declared in node.values.items() if isinstance(node, Mapping) else ():
        for key, value in declared.values.items() if isinstance(declared, Mapping) else ():
            pointer = f"/parameters/{escape(name)}/{key}"
            if key == "default" and isinstance(value, Scalar):
                yield from _named(name, value, pointer, f'the default of parameter "{name}"')
            else:
                yield from _below(value, pointer)


def _named(name: str, value: Scalar, pointer: str, words: str) -> Iterator[_Found]:
    """A secret by its form or by its name; what an expression gave is judged where it came from."""
    found = list(_text(value, pointer))
    yield from found
    written = not isinstance(value, Evaluated) and not is_hidden(value)
    if not found and written and is_name(name) and is_worth(value.value):
        yield (
            finding("BS409", f"{words} is called like a secret, and is written in clear text", value, pointer, _HINT),
            value,
        )
