"""The schema's errors at their places, and what each makes unusable."""

from __future__ import annotations

import pytest

from batchspec.check.shape import explain, schema_text, unknown
from batchspec.reading import Mapping, load
from batchspec.source import SourceFile
from batchspec.spec import schema


def tree(text: str) -> Mapping:
    (made,) = load(SourceFile("a.yaml", text.encode())).value or ()
    assert isinstance(made, Mapping)
    return made


GOOD = """\
batchspec: v1
name: demo
pool:
  id: demo
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 1}
job:
  id: demo
tasks:
  - id: hello
    command: ls
"""

# what: the text that is replaced, by what; then the code, the text under the span, the pointer
PLACED = {
    "unknown key, at the key": ("command: ls", "command: ls\n    colour: red", "BS101", "colour", "/tasks/0/colour"),
    "missing key, at the owner": ("  vm_size: Standard_D2s_v5\n", "", "BS102", "pool", "/pool"),
    "missing key of an item, at its first line": ("id: hello", "name: hello", "BS102", "name: hello", "/tasks/0"),
    "missing key of the spec, at its first line": ("name: demo\n", "", "BS102", "batchspec: v1", ""),
    "none of two keys, at the owner": ("    command: ls\n", "", "BS102", "id: hello", "/tasks/0"),
    "wrong type, at the value": ("dedicated: 1", "dedicated: one", "BS103", "one", "/pool/nodes/dedicated"),
    "collection of the wrong type, at its key": ("{dedicated: 1}", "[1]", "BS103", "nodes", "/pool/nodes"),
    "nothing at all, at its key": ("  id: demo\ntasks", "  id:\ntasks", "BS103", "id", "/job/id"),
    "not allowed, at the value": ("v1", "v3", "BS104", "v3", "/batchspec"),
    "bad form, at the value": ("id: hello", "id: 'hel lo'", "BS205", "'hel lo'", "/tasks/0/id"),
    "bad name, at the key": ("command: ls", "run: x\n    environment: {1A: 1}", "BS105", "1A", "/tasks/0/environment"),
    "too small, at the value": ("dedicated: 1", "dedicated: -1", "BS106", "-1", "/pool/nodes/dedicated"),
    "too long, at the value": ("name: demo", f"name: {'n' * 65}", "BS205", "n" * 65, "/name"),
    "empty collection, at its key": ("command: ls", "command: []", "BS107", "command", "/tasks/0/command"),
    "excluded key, at the later key": ("command: ls", "command: ls\n    run: ls", "BS109", "run", "/tasks/0/run"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "under", "pointer"), PLACED.values(), ids=PLACED)
def test_an_error_is_placed(old: str, new: str, code: str, under: str, pointer: str) -> None:
    assert old in GOOD
    made = tree(GOOD.replace(old, new, 1))

    (flaw,) = explain(made)

    found = flaw.diagnostic
    assert found is not None
    assert found.span is not None
    assert (found.code, made.file.text[found.span.start.offset : found.span.end.offset]) == (code, under)
    assert found.pointer == pointer


def test_a_good_tree_has_no_flaws() -> None:
    assert explain(tree(GOOD)) == []


def test_each_extra_and_each_missing_key_is_told_once() -> None:
    flaws = explain(tree("batchspec: v1\nfoo: 1\nbar: 2\n"))

    told = sorted(flaw.pointer for flaw in flaws)
    assert told == ["/bar", "/foo", "/name", "/pool"]


def test_a_key_that_two_others_exclude_is_told_once() -> None:
    made = tree(GOOD.replace("command: ls", "command: ls\n    inputs: [{path: a, url: 'https://x/y', task: b}]"))

    assert [flaw.pointer for flaw in explain(made)] == ["/tasks/0/inputs/0/url", "/tasks/0/inputs/0/task"]


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("comand: ls", 'did you mean "command"?'),
        ("<<: {}", "YAML 1.2 has no merge key"),
        ("priority: '5'", "keys here are"),
    ],
)
def test_an_unknown_key_has_a_suggestion_that_fits(wrong: str, hint: str) -> None:
    found = [flaw.diagnostic for flaw in explain(tree(GOOD + f"    {wrong}\n"))]

    assert any(one is not None and hint in (one.hint or "") for one in found)


SHORT = {  # what: the text that is replaced, by what, and the hint
    "a file": ("command: ls", "command: ls\n    inputs: [a.csv]", "write it as {path: a.csv}"),
    "a number of nodes": ("{dedicated: 1}", "3", "write it as {dedicated: 3}"),
    "a formula": ("{dedicated: 1}", '{autoscale: "$TargetDedicatedNodes=1"}', "write it as {formula: ...}"),
}


@pytest.mark.parametrize(("old", "new", "hint"), SHORT.values(), ids=SHORT)
def test_a_value_in_place_of_its_mapping_is_told_the_key_that_everybody_means(old: str, new: str, hint: str) -> None:
    (flaw,) = explain(tree(GOOD.replace(old, new, 1)))

    assert flaw.diagnostic is not None
    assert flaw.diagnostic.hint == hint


def test_a_secret_value_is_not_shown() -> None:
    made = tree(GOOD)
    made.values["name"].value = made.values["name"].secret = True  # type: ignore[attr-defined]  # it is a scalar

    (flaw,) = explain(made)

    assert flaw.diagnostic is not None
    assert "environment" in flaw.diagnostic.message


def test_texts_with_expressions_are_found_but_for_those_of_targets() -> None:
    made = tree(GOOD.replace("ls", "echo ${{ params.x }}") + "targets: {local: {name: '${{ params.y }}'}}\n")

    assert [flaw.pointer for flaw in unknown(made)] == ["/tasks/0/command"]


def test_the_schema_in_use_is_what_the_models_say() -> None:
    assert schema_text() == schema.text()
