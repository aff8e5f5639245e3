"""The quick way reads as the exact way does, or declines."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from batchspec.reading import Mapping, Node, Scalar, Sequence, limits, load, plain, quick
from batchspec.source import SourceFile, read
from tests.support import yaml_texts

ROOT = Path(__file__).parents[3]


def quickly(text: str | bytes) -> tuple[Node, ...] | None:
    return quick(SourceFile("a.yaml", text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")))


def shown(node: Node) -> object:
    """A tree as something to compare: places, values with their types, keys in order, as nodes and as texts."""
    place = node.start, node.end
    if isinstance(node, Scalar):
        return place, type(node.value), repr(node.value), node.secret
    if isinstance(node, Sequence):
        return place, [shown(item) for item in node.items]
    assert isinstance(node, Mapping)
    assert list(node.keys) == list(node.values) == [key.value for key in node.keys.values()]
    return place, {"of": [(key, shown(node.keys[key]), shown(value)) for key, value in node.values.items()]}


def agree(data: str | bytes) -> None:
    """The law, for one text."""
    made = quickly(data)
    if made is not None:
        loaded = load(SourceFile("a.yaml", data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")))
        assert not loaded.diagnostics
        assert [shown(node) for node in made] == [shown(node) for node in loaded.value or ()]


@settings(deadline=None)  # some texts are files of some length, and the machine may be busy
@given(yaml_texts.texts)
@example("a:\n- b:\n  - c\n  d: 1\n- e\n")
@example("a: |\n\n  x\n     \n\nb: >-\n  c\n\n\n  d\n")
@example("\ufeffa: 1\r\nb: |\r\n  x\r\n")
@example("'1': a\n1: b\n")
@example("a: 'b\n  c' # d\n  e'\n")
@example("# a\n---\n---\n# b\n--- # c\nd:\n- e:\r\n- [f, {g: h, 'i': 2}, ] # j\n\n")
def test_what_is_read_quickly_is_what_is_loaded(text: str) -> None:
    agree(text)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_as_they_are_loaded_or_not_at_all(data: bytes) -> None:
    agree(data)


@pytest.mark.parametrize("path", yaml_texts.FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_of_ours_is_read_as_it_is_loaded(path: Path) -> None:
    agree(path.read_bytes())


# text: value
READ: dict[str, Any] = {
    "a: 1\nb: {c: ~, 'd': [x, 'y, z', \"\\t\"]}\n": {"a": 1, "b": {"c": None, "d": ["x", "y, z", "\t"]}},
    "on: off\nb: 08\nc: 2020-01-01\nd: 0o17\ne: 1_000\nf: -.inf\n": {
        "on": "off", "b": 8, "c": "2020-01-01", "d": 15, "e": "1_000", "f": float("-inf"),
    },
    "a:\n- b: 1\n  c:\n  - - 2\n    - 3\n-\nd:\n": {"a": [{"b": 1, "c": [[2, 3]]}, None], "d": None},
    "a: x # why\n# c\n\n'b': # c\n  c: [] # d\n": {"a": "x", "b": {"c": []}},
    "run: |\n  #!/bin/sh\n  x: 'y\n\n    z\n\nb: >-\n  c\n  d\n\n  e\nc: |+\n  f\n\n": {
        "run": "#!/bin/sh\nx: 'y\n\n  z\n", "b": "c d\ne", "c": "f\n\n",
    },
    "a: b c\n  d\n   e\nf: 'g\n  ''h'\ni: \"j \\\n  k\\n\n  l\"\n": {"a": "b c d e", "f": "g 'h", "i": "j k\n l"},
    "a: [[b], {c: [d, {e: f}]}, g,]\n": {"a": [["b"], {"c": ["d", {"e": "f"}]}, "g"]},
    "a: https://x.y/z?q=1#f\nb: [C:/x, --o=1, -1]\n": {"a": "https://x.y/z?q=1#f", "b": ["C:/x", "--o=1", -1]},
    "\ufeffa: é\r\nb: |\r\n  c\r\n": {"a": "é", "b": "c\n"},
}  # fmt: skip

# What would be a finding, and what is too rare to be sure about.
DECLINED: dict[str, str | bytes] = {
    "not UTF-8": b"a: \xff\n", "tab": "a:\tb\n", "control character": "a: \x07\n", "break of old": "a: b\x85c: d\n",
    "carriage return alone": "a: b\rc: d\n", "second byte order mark": "a: \ufeff\n", "duplicate key": "a: 1\na: 2\n",
    "duplicate key between brackets": "a: {b: 1, b: 2}\n", "number as key": "1: a\n", "null as key": "null: a\n",
    "list as key": "[a]: b\n", "wrapped key": "- 'a\n  b': c\n", "anchor": "a: &x b\n", "alias": "a: *x\n",
    "tag": "a: !!str b\n", "directive": "%YAML 1.2\n---\na: b\n", "document's end": "a: b\n...\n",
    "question": "? a\n: b\n",
    "colon in a plain value": "a: b: c\n", "colon at its end": "a: b:\n", "quote not closed": "a: 'b\n",
    "bracket not closed": "a: [b\n", "text after quotes": "a: 'b' c\n", "text after a bracket": "a: [b] c\n",
    "unknown escape": 'a: "\\q"\n', "half a pair": 'a: "\\ud83d"\n', "NUL": 'a: "\\0"\n',
    "no character": 'a: "\\U00110000"\n',
    "too far left": "a:\n  b: 1\n c: 2\n", "too far right": "a: 1\n  b: 2\n",
    "list in the midst of a mapping": "a: 1\n- b\n",
    "mapping after a list": "- a\nb: 1\n", "block's first lines too far right": "a: |\n    \n  b\n",
    "block with an indent of its own": "a: |2\n  b\n", "block not indented": "a:\n  b: |\n  c\n",
    "block whose last line has no end": "a: |\n  b", "comment in a wrapped value": "a: b\n  # c\n  d\n",
    "more after a wrapped value's comment": "a: 'b\n  c' # d\n  e'\n",
    "break between brackets": "a: [b,\n  c]\n", "text alone": "a\n",
    "deep": "".join(f"{' ' * at}a:\n" for at in range(60)),
    "deep between brackets": "a: " + "[" * 20 + "]" * 20 + "\n", "long key": f"{'a' * 300}: b\n",
}  # fmt: skip


@pytest.mark.parametrize("text", READ, ids=repr)
def test_the_usual_is_read(text: str) -> None:
    (node,) = quickly(text) or ()

    assert repr(plain(node)) == repr(READ[text])
    agree(text)


@pytest.mark.parametrize("text", DECLINED.values(), ids=DECLINED)
def test_whatever_is_doubtful_is_declined(text: str | bytes) -> None:
    assert quickly(text) is None


@pytest.mark.parametrize(("text", "count"), {"": 0, "# a\n": 0, "---\n": 1, "a: 1\n---\n---\nb: 2\n": 3}.items())
def test_there_are_as_many_documents_as_markers_make(text: str, count: int) -> None:
    assert len(quickly(text) or ()) == count
    agree(text)


def test_equal_words_are_nodes_of_their_own() -> None:
    (node,) = quickly("a: [x, x]\nb: [x, x]\nc: {d: x}\ne: {d: x}\n") or ()
    assert isinstance(node, Mapping)
    first, second = node.values["a"], node.values["b"]
    assert isinstance(first, Sequence)
    assert isinstance(second, Sequence)

    assert len({id(one) for one in (*first.items, *second.items)}) == 4
    assert len({id(one) for one in node.values.values()}) == 4


@pytest.mark.parametrize("path", sorted(ROOT.glob("specs/*.yaml")), ids=lambda path: path.name)
def test_shipped_specs_are_of_the_usual_kind(path: Path) -> None:
    assert quick(read(path)) is not None


@pytest.mark.parametrize("name", ["MAX_BYTES", "MAX_EXPANDED"])
def test_what_may_be_over_a_limit_is_declined(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, name, 10)

    assert quickly("a: [1, 2, 3, 4]\n") is None


@pytest.mark.parametrize("text", ["a: 1\n", "a: [\n"], ids=["read", "declined"])
def test_the_garbage_collector_is_left_as_it_was(text: str) -> None:
    assert gc.isenabled()

    quickly(text)
    load(SourceFile("a.yaml", text.encode()))

    assert gc.isenabled()


def test_a_good_file_needs_no_yaml_library() -> None:
    code = (
        "import sys; from batchspec.reading import quick; from batchspec.source import SourceFile;"
        "print(quick(SourceFile('a', b'a: 1')) is None, 'yaml' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.split() == [
        b"False",
        b"False",
    ]
