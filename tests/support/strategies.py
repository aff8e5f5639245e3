"""What hypothesis draws: texts that are nearly YAML, and specs that are nearly good."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.source import SourceFile

NOWHERE = SourceFile("generated.yaml", b"${{")  # of a text that may have any expression

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.sampled_from([10**40, -(10**40), 3.0, 0.5, float("inf"), float("nan")]),
    st.sampled_from(
        ["", "a", "v1", "1h", "PT1M", "demo", "a b", "\n", "a\n", "é", "$X", "/etc", "..", "*.txt", "x" * 70]
    ),
    st.text(max_size=8).filter(lambda text: "${{" not in text),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abcd_-1", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
names = st.sampled_from(
    ["id", "run", "command", "matrix", "inputs", "path", "task", "url", "range", "nope", "", "1a", "publisher"]
)

GOOD: dict[str, Any] = {
    "batchspec": "v1",
    "name": "demo",
    "parameters": {
        "n": {"type": "integer", "default": 2, "minimum": 1, "maximum": 9},
        "mode": {"enum": ["a", "b"], "default": "a", "pattern": "[a-z]", "description": "which"},
    },
    "storage": {"container": "files", "sas_lifetime": "2d"},
    "pool": {
        "id": "demo",
        "vm_size": "Standard_D2s_v5",
        "image": {"publisher": "p", "offer": "o", "sku": "s", "node_agent_sku_id": "n"},
        "nodes": {"dedicated": 1, "spot": 0},
        "task_slots_per_node": 2,
        "start_task": {"run": "true", "elevated": True, "retries": 1, "environment": {"A": 1}},
    },
    "job": {
        "id": "demo",
        "timeout": "2h",
        "priority": 5,
        "environment": {"MODE": "fast", "NONE": None},
        "prepare": {"command": ["make", 1], "wait_for_success": True},
        "release": {"run": "rm -rf x", "timeout": "5m"},
    },
    "tasks": [
        {"id": "grid", "command": "make grid", "outputs": [{"path": "grid.json", "download": True, "when": "always"}]},
        {
            "id": "part-x",
            "name": "part",
            "matrix": {"i": {"range": 2}, "j": ["x", 1, True]},
            "run": "echo hi",
            "inputs": [{"task": "grid", "to": "in"}, {"url": "https://example.com/x"}],
            "timeout": "30m",
        },
        {"id": "merge", "run": "true", "depends_on": ["part"], "required_slots": 2, "retention": "P1D", "retries": -1},
    ],
    "targets": {"local": {"pool": {"start_task": None}}},
}


def places(tree: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of everything in a tree."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(place for step, child in inner for place in places(child, (*path, step)))]


@st.composite
def nearly_good(draw: st.DrawFn) -> dict[str, Any]:
    """A good spec with a few keys dropped, renamed, added or of another type."""
    tree = copy.deepcopy(GOOD)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.sampled_from(places(tree)[1:] or [()]))
        if not place:
            break
        owner: Any = tree
        for step in place[:-1]:
            owner = owner[step]
        step = place[-1]
        change = draw(st.sampled_from(["drop", "rename", "value", "add"]))
        if change == "drop":
            del owner[step]
        elif change == "rename" and isinstance(owner, dict):
            owner[draw(names)] = owner.pop(step)
        elif change == "add" and isinstance(owner, dict):
            owner[draw(names)] = draw(values)
        else:
            owner[step] = draw(values)
    return tree


def node(value: Any, file: SourceFile = NOWHERE) -> Node:
    """A tree of nodes with a value and no place."""
    if isinstance(value, dict):
        return Mapping(
            file,
            0,
            0,
            {key: Scalar(file, 0, 0, key) for key in value},
            {key: node(one, file) for key, one in value.items()},
        )
    if isinstance(value, list):
        return Sequence(file, 0, 0, [node(one, file) for one in value])
    return Scalar(file, 0, 0, value)
