"""Graphs as text, Mermaid and dot; names cannot break out of the language that they are written in."""

from __future__ import annotations

import json
import re

from hypothesis import given, strategies as st

from batchspec.cli.views import graphs
from batchspec.cli.views.safe import line
from batchspec.spec.outline import Step

STEPS = (Step("split", 1, ()), Step("work", 1_000, (0,)), Step("merge", 1, (0, 1)))


def test_text_is_a_line_a_step() -> None:
    assert list(graphs.text("grid", STEPS)) == [
        "grid: 1,002 tasks",
        "  split",
        "  work   x 1,000  after split",
        "  merge           after split, work",
    ]


def test_what_many_wait_for_is_told_in_part() -> None:
    steps = [*(Step(f"s-{at}", 1, ()) for at in range(100)), Step("end", 1, tuple(range(100)))]

    assert [*graphs.text("grid", steps)][-1].endswith(" more")


def test_mermaid_is_a_flow_chart() -> None:
    assert list(graphs.mermaid("grid", STEPS)) == [
        "flowchart TD",
        '  t0["split"]',
        '  t1["work x 1,000"]',
        '  t2["merge"]',
        "  t0 --> t1",
        "  t0 --> t2",
        "  t1 --> t2",
    ]


def test_dot_is_a_directed_graph() -> None:
    assert list(graphs.dot("grid", STEPS)) == [
        'digraph "grid" {',
        "  node [shape=box]",
        '  t0 [label="split"]',
        '  t1 [label="work x 1,000"]',
        '  t2 [label="merge"]',
        "  t0 -> t1",
        "  t0 -> t2",
        "  t1 -> t2",
        "}",
    ]


def test_no_tasks_are_no_steps() -> None:
    assert list(graphs.text("grid", ())) == ["grid: 0 tasks"]
    assert list(graphs.mermaid("grid", ())) == ["flowchart TD"]
    assert list(graphs.dot("grid", ())) == ['digraph "grid" {', "  node [shape=box]", "}"]


@given(st.text())
def test_a_label_stays_within_its_quotes(label: str) -> None:
    (_, chart) = graphs.mermaid("", [Step(label, 1, ())])
    entity = re.compile(r"#(\d+);")
    inside = chart.removeprefix('  t0["').removesuffix('"]')
    assert not set('"<>`[]&\n\x1b') & set(inside)
    assert entity.sub(lambda found: chr(int(found[1])), inside) == line(label).rstrip()

    (_, _, node, _) = graphs.dot("", [Step(label, 1, ())])
    assert json.loads(node.removeprefix("  t0 [label=").removesuffix("]")) == line(label).rstrip()
