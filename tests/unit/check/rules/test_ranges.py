"""Circles through ranges of ids are found, whatever ranges lie over each other, and none where there is none."""

from __future__ import annotations

from hypothesis import given, strategies as st

from batchspec.reading import Mapping
from batchspec.spec.graph import Graph
from batchspec.spec.model import IdRange, Task
from batchspec.spec.table import Table
from tests.support.strategies import node

MOST = 7


def task(id_: str, ranges: list[tuple[int, int]]) -> Task:
    listed = [{"start": start, "end": end} for start, end in ranges]
    written = node({"id": id_, "command": "ls", "depends_on": listed})
    assert isinstance(written, Mapping)
    made = Table(Task).bind(written, "", {})
    assert isinstance(made, Task)
    return made


def has_circle(tasks: list[Task]) -> bool:
    """The plain way: take away what waits for nothing that is left, until nothing can be taken away."""
    left = {one.id: one for one in tasks}

    def waits(one: Task) -> bool:
        ranges = [item for item in one.depends_on if isinstance(item, IdRange)]
        return any(item.start <= int(other) <= item.end for item in ranges for other in left)

    while free := [name for name, one in left.items() if not waits(one)]:
        for name in free:
            del left[name]
    return bool(left)


@given(
    st.dictionaries(
        st.integers(0, MOST).map(str) | st.integers(0, MOST).map(lambda number: f"0{number}"),
        st.lists(st.tuples(st.integers(0, MOST), st.integers(0, MOST)), max_size=2),
        max_size=MOST,
    )
)
def test_a_circle_is_found_where_there_is_one(written: dict[str, list[tuple[int, int]]]) -> None:
    tasks = [task(id_, ranges) for id_, ranges in written.items()]

    circle = Graph(tasks).cycle()

    assert (circle is not None) == has_circle(tasks)
    if circle is not None:
        assert len(set(circle)) == len(circle)
        graph = Graph(tasks)
        for one, after in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert after in set(graph.parents(graph.by_id[one]))
