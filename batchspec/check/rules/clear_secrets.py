"""BS408, BS409: no key, token or signed URL stands in a spec, which is kept in git for everybody to read."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.credentials import (
    SIGNS,
    assigned,
    has_sign,
    is_hidden,
    is_name,
    is_worth,
    literal,
    of_url,
    of_value,
)
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.resolve import Evaluated
from batchspec.spec.shape import escape

# Fields of the service that hold secrets have a rule of their own, BS411.
_PASSWORDS = frozenset(("password", "account_key", "sas_key", "ssh_private_key", "protected_settings"))
_SCRIPTS = frozenset(("run", "command", "coordination_command_line", "container_run_options"))
_SCRIPT_HINT = "put it into environment, as ${{ env.NAME }}, and let the script read it there"
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
_Secrets = frozenset[str]  # the values of the caller's environment that expressions have put into texts


def _each(spec: Spec) -> Iterator[_Found]:
    hidden = spec.secrets
    for name, node in spec.keys.node.values.items():
        if name != "tasks":
            yield from _parameters(node, hidden) if name == "parameters" else _below(node, f"/{escape(name)}", hidden)
    signs: dict[int, tuple[str, ...]] = {}  # those that are in a file at all
    for task, _ in spec.examples():
        node = task.node
        text = node.file.text
        if id(text) not in signs:
            signs[id(text)] = tuple(sign for sign in SIGNS if sign in text)
        if _has_one(text, node.start, node.end, signs[id(text)]) or "matrix" in node.values:
            yield from _below(node, task.pointer, hidden)
        elif "environment" in node.values:
            variables = node.values["environment"]
            if isinstance(variables, Mapping) and any(map(is_name, variables.values)):
                yield from _environment(variables, f"{task.pointer}/environment", hidden)


def _has_one(text: str, start: int, end: int, signs: tuple[str, ...]) -> bool:
    for sign in signs:  # noqa: SIM110  ten thousand times, and there a loop is quicker
        if text.find(sign, start, end) >= 0:
            return True
    return False


def _below(node: Node, pointer: str, hidden: _Secrets) -> Iterator[_Found]:
    if isinstance(node, Scalar):
        yield from _text(node, pointer, hidden)
    elif isinstance(node, Sequence):
        for at, item in enumerate(node.items):
            yield from _below(item, f"{pointer}/{at}", hidden)
    elif isinstance(node, Mapping):
        for name, value in node.values.items():
            if name == "environment":
                yield from _environment(value, f"{pointer}/environment", hidden)
            elif name not in _PASSWORDS:
                found = list(_below(value, f"{pointer}/{escape(name)}", hidden))
                yield from found or (_script(value, f"{pointer}/{name}", hidden) if name in _SCRIPTS else ())


def _text(node: Scalar, pointer: str, hidden: _Secrets) -> Iterator[_Found]:
    """A secret by its form, wherever it stands."""
    text = node.value
    if not isinstance(text, str) or not has_sign(text):
        return
    text = literal(node, hidden) if is_hidden(node) else text
    carried = of_url(text)
    if carried is not None:
        yield finding("BS408", f"a URL carries {carried} in clear text", node, pointer, _URL_HINT), node
        return
    looks = of_value(text)
    if looks is not None:
        yield finding("BS409", f"the text has what looks like {looks}", node, pointer, _HINT), node


def _script(node: Node, pointer: str, hidden: _Secrets) -> Iterator[_Found]:
    """A secret by the name that a script or a command line gives it."""
    if isinstance(node, Sequence):
        for at, item in enumerate(node.items):
            yield from _script(item, f"{pointer}/{at}", hidden)
    elif isinstance(node, Scalar) and isinstance(node.value, str) and has_sign(node.value):
        name = assigned(literal(node, hidden) if is_hidden(node) else node.value)
        if name is not None:
            message = f'"{name}" is called like a secret, and is given a value in clear text'
            yield finding("BS409", message, node, pointer, _SCRIPT_HINT), node


def _environment(node: Node, pointer: str, hidden: _Secrets) -> Iterator[_Found]:
    for name, value in node.values.items() if isinstance(node, Mapping) else ():
        if isinstance(value, Scalar):
            yield from _named(name, value, f"{pointer}/{escape(name)}", f'the variable "{name}"', hidden)


def _parameters(node: Node, hidden: _Secrets) -> Iterator[_Found]:
    for name, declared in node.values.items() if isinstance(node, Mapping) else ():
        for key, value in declared.values.items() if isinstance(declared, Mapping) else ():
            pointer = f"/parameters/{escape(name)}/{key}"
            if key == "default" and isinstance(value, Scalar):
                yield from _named(name, value, pointer, f'the default of parameter "{name}"', hidden)
            else:
                yield from _below(value, pointer, hidden)


def _named(name: str, value: Scalar, pointer: str, words: str, hidden: _Secrets) -> Iterator[_Found]:
    """A secret by its form or by its name; what an expression gave is judged where it came from."""
    found = list(_text(value, pointer, hidden))
    yield from found
    written = not isinstance(value, Evaluated) and not is_hidden(value)
    if not found and written and is_name(name) and is_worth(value.value):
        yield (
            finding("BS409", f"{words} is called like a secret, and is written in clear text", value, pointer, _HINT),
            value,
        )
