"""Merge patches by the table of RFC 7386, and trees with their expressions replaced."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, load, plain
from batchspec.source import SourceFile
from batchspec.spec.resolve import Contexts, Parameters, merge, resolve
from tests.support.strategies import node, values

# RFC 7386, appendix A: original, patch, result.
RFC = [
    ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
    ('{"a":"b"}', '{"a":null}', "{}"),
    ('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
    ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    ('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
    ('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
    ('["a","b"]', '["c","d"]', '["c","d"]'),
    ('{"a":"b"}', '["c"]', '["c"]'),
    ('{"a":"foo"}', "null", "null"),
    ('{"a":"foo"}', '"bar"', '"bar"'),
    ('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
    ("[1,2]", '{"a":"b","c":null}', '{"a":"b"}'),
    ("{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
]


@pytest.mark.parametrize(("original", "patch", "result"), RFC, ids=[f"{one[0]} + {one[1]}" for one in RFC])
def test_merge_does_as_the_rfc_says(original: str, patch: str, result: str) -> None:
    assert plain(merge(node(json.loads(original)), node(json.loads(patch)))) == json.loads(result)


@given(values, values)
def test_a_patch_applied_twice_changes_nothing_more(base: Any, patch: Any) -> None:
    once = merge(node(base), node(patch))

    assert repr(plain(merge(once, node(patch)))) == repr(plain(once))


def tree(text: str) -> Mapping:
    (made,) = load(SourceFile("a.yaml", text.encode())).value or ()
    assert isinstance(made, Mapping)
    return made


def resolved(text: str, contexts: Contexts, defer: str = "") -> tuple[Node, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return resolve(tree(text), contexts, found, "", defer), found


def test_a_patched_value_keeps_the_place_where_it_was_written() -> None:
    base, patch = tree("pool: {id: a, size: b}\n"), tree("pool:\n  id: c\n")

    merged = merge(base, patch)

    assert isinstance(merged, Mapping)
    pool = merged.values["pool"]
    assert isinstance(pool, Mapping)
    assert str(pool.values["id"].span) == "a.yaml:2:7"


def test_what_has_no_expression_is_shared_and_not_copied() -> None:
    before = tree("a: {b: [1, x]}\nc: ${{ params.n }}\n")

    after = resolve(before, {"params": {"n": 1}}, [])

    assert isinstance(after, Mapping)
    assert after.values["a"] is before.values["a"]
    assert plain(after) == {"a": {"b": [1, "x"]}, "c": 1}


def test_a_bad_expression_is_told_at_its_own_place_and_left_as_it_is() -> None:
    made, found = resolved("a:\n  - b: 'x-${{ params.nope }}-y'\n", {"params": {}})

    (one,) = found
    assert one.span is not None
    assert (str(one.span), one.span.end.column, one.pointer) == ("a.yaml:2:11", 29, "/a/0/b")
    assert plain(made) == {"a": [{"b": "x-${{ params.nope }}-y"}]}


def test_every_bad_expression_is_told() -> None:
    _, found = resolved("a: ${{ params.x }}\nb: ${{ params.y }}\n", {"params": {}})

    assert [one.pointer for one in found] == ["/a", "/b"]


def test_a_deferred_context_waits_and_the_rest_does_not() -> None:
    made, found = resolved("a: ${{ matrix.i }}-${{ params.n }}\nb: ${{ params.n }}\n", {"params": {"n": 1}}, "matrix")

    assert not found
    assert plain(made) == {"a": "${{ matrix.i }}-${{ params.n }}", "b": 1}


@pytest.mark.parametrize("expression", ["params.x", "params.x + 1", "params.x | default(1)", "params['x']"])
def test_what_needs_a_withheld_value_is_left_as_it_is_and_not_told(expression: str) -> None:
    params = Parameters()
    params.withheld = frozenset({"x"})

    made, found = resolved(f'a: "${{{{ {expression} }}}}"\n', {"params": params})

    assert not found
    assert plain(made) == {"a": f"${{{{ {expression} }}}}"}


def test_secrets_are_marked_where_they_went() -> None:
    params = Parameters(key="s", plain="p")
    params.hidden = frozenset({"key"})

    made, _ = resolved(
        "a: ${{ env.A }}\nb: ${{ params.key }}\nc: ${{ params.plain }}\n", {"params": params, "env": {"A": "s"}}
    )

    assert isinstance(made, Mapping)
    assert [one.secret for one in made.values.values() if isinstance(one, Scalar)] == [True, True, False]
