"""Who waits for whom: ids before names, circles found whatever their length."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, strategies as st

from batchspec.spec.graph import Graph
from batchspec.spec.model import Task
from batchspec.spec.table import Table
from tests.support.strategies import node


def graph(**edges: Sequence[str]) -> Graph:
    return Graph([task(id=name, depends_on=list(after)) for name, after in edges.items()])


def task(**keys: Any) -> Task:
    made: Task = Table(Task).bind(node({"command": "ls", **keys}), "", {})
    return made


def test_an_id_goes_before_a_name() -> None:
    made = Graph([task(id="a"), task(id="b", name="a"), task(id="c", name="g"), task(id="d", name="g")])

    assert list(made.members("a")) == ["a"]
    assert list(made.members("g")) == ["c", "d"]
    assert list(made.members("x")) == []


def test_references_are_depends_on_and_inputs_each_once() -> None:
    made = task(id="a", depends_on=["b", "c"], inputs=[{"task": "c"}, {"task": "d"}, {"path": "x"}])

    assert list(Graph([made]).references(made)) == ["b", "c", "d"]


def test_a_circle_is_named_from_where_it_is_entered() -> None:
    assert graph(a=["b"], b=["c"], c=["b"]).cycle() == ["b", "c"]
    assert graph(a=["a"]).cycle() == ["a"]
    assert graph(a=["b"], b=[]).cycle() is None


def test_a_circle_through_a_name_names_its_tasks_alone() -> None:
    made = Graph([task(id="a", name="g", depends_on=["b"]), task(id="b", depends_on=["g"])])

    assert made.cycle() == ["a", "b"]


def test_a_path_of_ten_thousand_tasks_is_walked() -> None:
    edges = {f"t{at}": [f"t{at + 1}"] for at in range(10_000)} | {"t10000": []}

    assert graph(**edges).cycle() is None
    assert len(graph(**{**edges, "t10000": ["t0"]}).cycle() or ()) == 10_001


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, list[str]]:
    names = [f"t{at}" for at in range(draw(st.integers(2, 12)))]
    return {
        name: draw(st.lists(st.sampled_from(names[:at]), unique=True)) if at else [] for at, name in enumerate(names)
    }


@given(acyclic(), st.data())
def test_a_graph_has_a_circle_when_an_edge_points_back(edges: dict[str, list[str]], data: st.DataObject) -> None:
    assert graph(**edges).cycle() is None

    late = data.draw(st.sampled_from([name for name in edges if name != "t0"]))
    ancestors, todo = set(), [late]
    while todo:
        name = todo.pop()
        ancestors.add(name)
        todo += [one for one in edges[name] if one not in ancestors]
    early = data.draw(st.sampled_from(sorted(ancestors)))
    found = graph(**{**edges, early: [*edges[early], late]}).cycle()

    assert found is not None
    closed = [*found, found[0]]
    assert all(after in [*edges[name], *([late] if name == early else [])] for name, after in pairwise(closed))
