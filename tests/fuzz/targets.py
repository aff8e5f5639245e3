"""What is fuzzed. A target takes any bytes and a folder of its own; what it raises is a fault of ours."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Mapping as Map
from datetime import date
from pathlib import Path
from typing import Any

from batchspec import api, autoscale
from batchspec.diag import Diagnostic, as_json, github, sarif, text
from batchspec.errors import UnreadableFile
from batchspec.importing.assemble import Names
from batchspec.importing.rest import import_rest
from batchspec.importing.told import CannotImport
from batchspec.reading import Mapping, Node, Sequence, load, plain, quick
from batchspec.source import SourceFile
from batchspec.spec import expression
from batchspec.spec.draft import Settings
from batchspec.spec.pattern import BadPattern, Pattern
from tests.fuzz.oracle import Broken

Target = Callable[[bytes, Path], None]

SECRET = "s3cr3t-of-the-caller"
SETTINGS = Settings(
    environ={"HOME": "/home/ana", "TOKEN": SECRET}, offline=True, as_of=date(2026, 6, 1), max_tasks=20_000
)
CONTEXTS: Map[str, Map[str, Any]] = {
    "params": {"date": "2026-01-31", "n": 3, "x": 1.5, "flag": True, "long": "ab" * 500},
    "matrix": {"i": 7, "name": "left", "row": {"a": "1", "b": "two"}, "file": expression.File("data/a.csv")},
    "env": {"HOME": "/home/ana"},
    "target": {"name": "local"},
    "spec": {"name": "demo"},
}


def load_bytes(data: bytes, folder: Path) -> None:
    """The exact loader, and the quick one, which agrees with it whenever it does not decline."""
    source = SourceFile((folder / "spec.yaml").as_posix(), data)
    exact = load(source)
    fast = quick(source)
    if fast is None:
        return
    if exact.value is None or not _same([_placed(one) for one in exact.value], [_placed(one) for one in fast]):
        raise Broken("load and quick do not agree")


def _placed(node: Node) -> Any:
    """All that there is in a tree, and where it stands."""
    where = [node.start, node.end]
    if isinstance(node, Mapping):
        keys = {name: [key.start, key.end] for name, key in node.keys.items()}
        return [where, keys, {name: _placed(value) for name, value in node.items()}]
    if isinstance(node, Sequence):
        return [where, [_placed(item) for item in node.items]]
    return [where, plain(node)]


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same types; .nan is .nan."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


def expression_bytes(data: bytes, folder: Path) -> None:  # noqa: ARG001  all targets are alike
    """One string of a spec with its expressions."""
    string = data.decode("utf-8", errors="replace")
    with contextlib.suppress(expression.BadExpression):
        made = expression.evaluate(string, CONTEXTS)
        if isinstance(made, str) and len(made) > expression.MAX_RESULT + len(string):
            raise Broken("the result is too long")
    with contextlib.suppress(expression.BadExpression):
        expression.faults(string, CONTEXTS)


def autoscale_bytes(data: bytes, folder: Path) -> None:  # noqa: ARG001
    """A formula; the places of its problems are in it."""
    formula = data.decode("utf-8", errors="replace")
    for problem in autoscale.check(formula):
        if not 0 <= problem.start <= problem.end <= len(formula):
            raise Broken(f"the place of {problem} is not in the formula")


def pattern_bytes(data: bytes, folder: Path) -> None:  # noqa: ARG001
    """A parameter's pattern, a line end, and the value that it is tried on."""
    pattern, _, value = data.decode("utf-8", errors="replace").partition("\n")
    with contextlib.suppress(BadPattern):
        Pattern(pattern).matches(value[:1000])


def import_bytes(data: bytes, folder: Path) -> None:  # noqa: ARG001
    """REST JSON; what is made of it is YAML that can be read."""
    try:
        made = import_rest([SourceFile("body.json", data)], Names("demo"))
    except CannotImport:
        return
    if load(SourceFile("made.yaml", made.text.encode())).value is None:
        raise Broken("what was imported is not YAML")


def validate_bytes(data: bytes, folder: Path) -> None:
    """The whole of `validate` on a file, and all four outputs of what was found."""
    with contextlib.suppress(UnreadableFile):
        checked = api.validate([folder / "spec.yaml"], SETTINGS)
        shown = render(checked.diagnostics, checked.sources)
        if SECRET in shown and SECRET.encode() not in data:
            raise Broken("a value of the caller's environment is shown")


def render(found: tuple[Diagnostic, ...], sources: Map[str, SourceFile]) -> str:
    """All four outputs. What goes to a terminal has nothing that moves its cursor. Raises Broken."""
    shown = text.render(found, sources)
    bad = next((char for char in shown if char != "\n" and not char.isprintable()), None)
    if bad is not None:
        raise Broken(f"{bad!r} would reach the terminal")
    lines = github.render(found)
    if lines and any(not line.startswith("::") for line in lines.split("\n")):
        raise Broken("a finding breaks out of its workflow command")
    return "\n".join((shown, lines, *(repr(document) for document in (as_json.document(found), sarif.document(found)))))


TARGETS: Map[str, Target] = {
    "load": load_bytes,
    "expression": expression_bytes,
    "autoscale": autoscale_bytes,
    "pattern": pattern_bytes,
    "import": import_bytes,
    "validate": validate_bytes,
}


def prepare(folder: Path) -> None:
    """The files that a spec in the folder may speak of, and those of other kinds beside them."""
    (folder / "data").mkdir()
    for name, content in {
        "data/a.csv": "name,size\nleft,1\nright,2\n",
        "data/b.csv": "name,size\n",
        "in.txt": "words\n",
        "part.yaml": "pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}\n",
        "loop.yaml": "include: [loop.yaml, spec.yaml]\n",
    }.items():
        (folder / name).write_text(content)
    (folder / "link.yaml").symlink_to("/etc/passwd")
    (folder / "zero.csv").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.yaml")
