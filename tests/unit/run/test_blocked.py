from __future__ import annotations

from datetime import datetime, timezone

import pytest
from azure.batch.models import (
    DependencyAction,
    ExitCodeMapping,
    ExitCodeRangeMapping,
    ExitConditions,
    ExitOptions,
    TaskAddParameter,
    TaskDependencies,
    TaskIdRange,
)
from hypothesis import given, strategies as st

from batchspec.compiler.program import Made
from batchspec.ports import Fault, TaskView
from batchspec.run.blocked import Dependents, lets_go
from tests.support.programs import origin, program

WHEN = datetime(2026, 1, 1, tzinfo=timezone.utc)
SATISFY = ExitOptions(dependency_action=DependencyAction.satisfy)
BLOCK = ExitOptions(dependency_action=DependencyAction.block)


def ended(task_id: str, exit_code: int | None = 1, fault: Fault | None = None) -> TaskView:
    good = exit_code == 0 and fault is None
    return TaskView(task_id, "completed", WHEN, succeeded=good, exit_code=exit_code, fault=fault)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, list[str]], set[str]]:
    size = draw(st.integers(1, 12))
    edges = {
        f"t{n}": [f"t{m}" for m in sorted(draw(st.sets(st.integers(0, n - 1), max_size=3)))] if n else []
        for n in range(size)
    }
    failed = draw(st.sets(st.sampled_from(sorted(edges))))
    return edges, failed


@given(graphs())
def test_blocked_is_what_a_naive_computation_says(case: tuple[dict[str, list[str]], set[str]]) -> None:
    edges, failed = case

    def waits_for_a_failed_one(task_id: str) -> bool:
        return any(parent in failed or waits_for_a_failed_one(parent) for parent in edges[task_id])

    blocked = Dependents(program(edges).tasks).blocked([ended(task_id) for task_id in failed])

    assert blocked == {task_id for task_id in edges if waits_for_a_failed_one(task_id)}


def test_ranges_of_ids_are_dependencies_too() -> None:
    made = program(["1", "2", "7"])
    waits = TaskDependencies(task_id_ranges=[TaskIdRange(start=2, end=9)])
    last = Made(TaskAddParameter(id="last", command_line="x", depends_on=waits), origin())
    dependents = Dependents([*made.tasks, last])

    assert dependents.blocked([ended("1")]) == frozenset()
    assert dependents.blocked([ended("7")]) == {"last"}


CASES = {
    "a failure blocks": (None, ended("a", 1), False),
    "a success satisfies": (None, ended("a", 0), True),
    "an exit code that satisfies": (
        ExitConditions(exit_codes=[ExitCodeMapping(code=3, exit_options=SATISFY)]),
        ended("a", 3),
        True,
    ),
    "an exit code beside it": (
        ExitConditions(exit_codes=[ExitCodeMapping(code=3, exit_options=SATISFY)]),
        ended("a", 4),
        False,
    ),
    "a range that satisfies": (
        ExitConditions(exit_code_ranges=[ExitCodeRangeMapping(start=2, end=5, exit_options=SATISFY)]),
        ended("a", 5),
        True,
    ),
    "the code goes before the range": (
        ExitConditions(
            exit_codes=[ExitCodeMapping(code=3, exit_options=BLOCK)],
            exit_code_ranges=[ExitCodeRangeMapping(start=2, end=5, exit_options=SATISFY)],
        ),
        ended("a", 3),
        False,
    ),
    "a success that blocks": (
        ExitConditions(exit_codes=[ExitCodeMapping(code=0, exit_options=BLOCK)]),
        ended("a", 0),
        False,
    ),
    "the default is for failures": (ExitConditions(default=SATISFY), ended("a", 9), True),
    "a task that never started": (
        ExitConditions(pre_processing_error=SATISFY),
        ended("a", None, Fault("ResourceNotFound", "")),
        True,
    ),
    "an upload that failed": (
        ExitConditions(file_upload_error=SATISFY),
        ended("a", 1, Fault("FileUploadContainerNotFound", "")),
        True,
    ),
    "options without a dependency action": (
        ExitConditions(exit_codes=[ExitCodeMapping(code=3, exit_options=ExitOptions())]),
        ended("a", 3),
        False,
    ),
}


@pytest.mark.parametrize(("conditions", "view", "expected"), CASES.values(), ids=CASES)
def test_exit_conditions(conditions: ExitConditions | None, view: TaskView, *, expected: bool) -> None:
    body = TaskAddParameter(id="a", command_line="x", exit_conditions=conditions)

    assert lets_go(body, view) is expected
