"""YAML to trees: values, spans, limits, and what is refused at its place."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from batchspec.diag import Result
from batchspec.reading import Mapping, Node, Scalar, Sequence, limits, load, plain, reader
from batchspec.source import SourceFile
from tests.support import strategies

PIECES = [
    "a", "b: ", "- ", ": ", "\n", "  ", "[", "]", "{", "}", ", ", "'", '"', "|\n", ">-\n", "&x ", "*x", "!t ", "#",
    "\t", "é", "\x01", "---\n", "...\n", "? ", "%YAML 1.2\n", "\\U00110000", "\\ud800", "0x1", "\r", "\u2028",
]  # fmt: skip
yamlish = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


def read(text: str | bytes) -> Result[tuple[Node, ...]]:
    return load(SourceFile("a.yaml", text if isinstance(text, bytes) else text.encode()))


def tree(text: str) -> Node:
    loaded = read(text)
    assert loaded.value is not None, loaded.diagnostics
    return loaded.value[0]


def scalars(node: Node) -> list[Scalar]:
    """Every scalar of a tree that is not a key."""
    if isinstance(node, Scalar):
        return [node]
    children = plain_children(node)
    return [scalar for child in children for scalar in scalars(child)]


def plain_children(node: Node) -> list[Node]:
    if isinstance(node, Mapping):
        return list(node.values.values())
    return node.items if isinstance(node, Sequence) else []


def under(node: Node) -> str:
    """The text under a node's span."""
    return node.file.text[node.start : node.end]


def test_values_are_plain_python_values() -> None:
    text = "a: 1\nb: [true, null, 'x', 1.5]\nc: {d: ~}\n"

    assert plain(tree(text)) == {"a": 1, "b": [True, None, "x", 1.5], "c": {"d": None}}


def test_every_document_of_a_file_is_read() -> None:
    loaded = read("a: 1\n---\n- 2\n")

    assert [plain(node) for node in loaded.value or ()] == [{"a": 1}, [2]]


def test_the_text_under_a_scalars_span_is_the_scalar_alone() -> None:
    text = "é: 'x y'  # why\nb: |\n  one\n  two\n\n\nc: [1, \"q\"]\nd: plain words   \n"

    assert [under(one) for one in scalars(tree(text))] == ["'x y'", "|\n  one\n  two", "1", '"q"', "plain words"]


def test_a_flow_collections_span_ends_with_its_bracket() -> None:
    node = tree("a: [1, {b: 2}]  # end\n")
    assert isinstance(node, Mapping)

    assert under(node.values["a"]) == "[1, {b: 2}]"


def test_an_alias_is_its_anchors_value() -> None:
    assert plain(tree("a: &x [1, 2]\nb: *x\n")) == {"a": [1, 2], "b": [1, 2]}


def test_quoted_and_tagged_scalars_are_texts() -> None:
    assert plain(tree("['1', \"true\", !!str 2, ! null]\n")) == ["1", "true", "2", "null"]


# text: code, line and column of its one finding
REFUSED: dict[str, tuple[str, str, int, int]] = {
    "duplicate key": ("a: 1\nb: 2\na: 3\n", "BS003", 3, 1),
    "tag": ("a: !!set {x}\n", "BS005", 1, 4),
    "key of a list": ("? [a]\n: 1\n", "BS006", 1, 3),
    "alias without an anchor": ("a: *x\n", "BS002", 1, 4),
    "alias inside its anchor": ("a: &x [1, *x]\n", "BS004", 1, 11),
    "anchor of another document": ("a: &x 1\n---\nb: *x\n", "BS002", 3, 4),
    "tab": ("a:\n\tb: 1\n", "BS002", 2, 1),
    "control character after others": ("é: ü\x07\n", "BS002", 1, 5),
    "escape that is no character": ('a: "\\U00110000"\n', "BS002", 1, 7),
    "bracket not closed": ("a: [1,\n", "BS002", 2, 1),
    "two values": ("a: b: c\n", "BS002", 1, 5),
    "nesting": ("[" * 65, "BS007", 1, 65),
}


@pytest.mark.parametrize(("text", "code", "line", "column"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("loader", [reader._Loader, yaml.SafeLoader], ids=["libyaml", "python"])
def test_what_is_refused_is_placed(
    text: str, code: str, line: int, column: int, loader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_Loader", loader)

    loaded = read(text)

    assert loaded.value is None
    (found,) = loaded.diagnostics
    assert found.span is not None
    assert (found.code, found.span.start.line, found.span.start.column) == (code, line, column)


def test_bytes_that_are_not_utf8_are_placed_in_characters() -> None:
    (found,) = read("ä: ".encode() + b"\xff").diagnostics

    assert found.span is not None
    assert (found.code, found.span.start.column) == ("BS001", 4)


def test_every_duplicate_is_told_with_the_first_place() -> None:
    found = read("a: 1\na: 2\nb: 1\nb: 2\n").diagnostics

    assert [str(one.related[0].span) for one in found] == ["a.yaml:1:1", "a.yaml:3:1"]


def test_a_file_over_the_limit_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 10)

    (found,) = read("[[[[ not: yaml").diagnostics

    assert found.code == "BS007"


def test_aliases_that_expand_to_too_much_are_refused_where_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_EXPANDED", 100)

    (found,) = read(f"a: &a [{'1, ' * 29}1]\nb: [*a, *a, *a, *a]\n").diagnostics

    assert found.span is not None
    assert (found.code, found.span.start.line, found.span.start.column) == ("BS004", 2, 17)


def test_nesting_counts_through_aliases() -> None:
    lines = ["a0: &a0 [1]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 200))]

    assert [one.code for one in read("\n".join(lines)).diagnostics] == ["BS007"]


styles = st.sampled_from([None, "'", '"', "|", ">"])


@given(strategies.values, styles, st.booleans(), st.sampled_from([20, 80]))
def test_the_text_under_a_scalars_span_reparses_to_its_value(value: Any, style: Any, flow: bool, width: int) -> None:
    text = yaml.dump(
        {"a": [value], "b": value}, default_style=style, default_flow_style=flow, width=width, allow_unicode=True
    )

    for node in [one for document in read(text).value or () for one in scalars(document)]:
        header = under(node).split("\n")[0]
        if header[:1] not in "|>" or header in ("|", ">", "|-", ">-"):  # others count from where they stand
            again = read(f"--- {under(node)}\n")
            assert repr([plain(one) for one in again.value or ()]) == repr([node.value])


@given(st.binary(max_size=60))
def test_load_never_raises_whatever_the_bytes(data: bytes) -> None:
    loaded = read(data)

    assert loaded.ok or loaded.diagnostics


@given(st.one_of(yamlish, st.text(max_size=40)), st.sampled_from([reader._Loader, yaml.SafeLoader]))
def test_load_never_raises_whatever_the_text(text: str, loader: Any) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reader, "_Loader", loader)
        loaded = read(text.encode(errors="surrogatepass"))

    assert loaded.ok or loaded.diagnostics
    for one in loaded.diagnostics:
        assert one.span is not None
        assert 0 <= one.span.start.offset <= one.span.end.offset
