"""What is written is read again as it was, by our loader and by the quick one; and it reads well."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from batchspec.importing.emit import emit
from batchspec.reading import load, plain, quick
from batchspec.source import SourceFile
from tests.support.wire_values import TEXTS

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        TEXTS, st.just(""), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(TEXTS, st.just("")), inner, max_size=8)
    ),
    max_leaves=20,
)


@given(VALUES)
@example({"pool": {"a": "x" * 200, "b": ["y" * 90, {"c": "z\n"}]}})
@example({"tasks": [[["a"]], [[]], {}, {"": ""}]})
@example({"run": "if true; then\n  echo a\nfi\n\n"})
@example({"run": "a\n\n\nb"})
@example({"pool": "a\n\n", "job": "a\n\n"})
@example({"? a": 1, "- b": 2, "c: d": 3})
def test_what_is_written_is_read_again(value: Any) -> None:
    source = SourceFile("spec.yaml", emit({"batchspec": "v1", "pool": value, "job": 1}).encode())

    loaded = load(source)

    assert loaded.value is not None, loaded.diagnostics
    assert [plain(node) for node in loaded.value] == [{"batchspec": "v1", "pool": value, "job": 1}]
    fast = quick(source)
    assert fast is None or [plain(node) for node in fast] == [{"batchspec": "v1", "pool": value, "job": 1}]


STYLES: dict[str, tuple[dict[str, Any], str]] = {
    "a small mapping stands in braces": ({"pool": {"a": {"b": 1, "c": ["x"]}}}, "\npool:\n  a: {b: 1, c: [x]}\n"),
    "a mapping with mappings in it does not": (
        {"pool": {"a": {"b": 1, "c": 2, "d": {"e": 3}}}},
        "\npool:\n  a:\n    b: 1\n    c: 2\n    d: {e: 3}\n",
    ),
    "quotes are kept out of braces": ({"tasks": [{"run": 'echo "a, b"'}]}, '\ntasks:\n  - run: echo "a, b"\n'),
    "a text that YAML 1.2 reads as a text stands plain": ({"a": "on", "b": "08:30"}, "a: on\nb: 08:30\n"),
    "a text that would be a number, true or null is quoted": (
        {"a": "12", "b": "true", "c": "~", "d": ""},
        'a: "12"\nb: "true"\nc: "~"\nd: ""\n',
    ),
    "a script is a block": ({"run": "echo a\necho b\n"}, "run: |\n  echo a\n  echo b\n"),
    "a script without a last line end says so": ({"run": "echo a\necho b"}, "run: |-\n  echo a\n  echo b\n"),
    "a text with a blank at a line's end is quoted": ({"a": "b \nc"}, 'a: "b \\nc"\n'),
    "lists are indented below their keys": (
        {"a": [{"b": "x" * 60, "c": "y" * 60}]},
        f"a:\n  - b: {'x' * 60}\n    c: {'y' * 60}\n",
    ),
    "sections are set apart": (
        {"batchspec": "v1", "pool": {"id": "p"}, "tasks": [{"id": "a"}]},
        "batchspec: v1\n\npool:\n  id: p\n\ntasks:\n  - {id: a}\n",
    ),
    "nothing at all is written in braces": ({"a": {}, "b": []}, "a: {}\nb: []\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", STYLES)
def test_the_style(name: str) -> None:
    value, text = STYLES[name]

    assert emit(value) == text
