"""Adding tasks: in parts, each exactly once, and those that are refused named at their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from batchspec.errors import Busy
from batchspec.ports import AddResult, Body, Fault
from batchspec.run import Options
from batchspec.run.adding import SHOWN, WORKERS, chunks
from batchspec.run.report import Verdict
from batchspec.service.sending import CONNECTIONS
from tests.support.programs import program
from tests.support.project import HEAD, Project
from tests.support.world import World, codes

MATRIX = f"""{HEAD}tasks:
  - id: t-${{{{ matrix.i }}}}
    matrix: {{i: {{range: 10000}}}}
    command: /bin/true
  - {{id: last, command: /bin/true, depends_on: ["t-7"]}}
"""
BAD = Fault("InvalidPropertyValue", "Not valid.")


@given(st.lists(st.integers()), st.integers(1, 7))
def test_batching_keeps_the_order_loses_nothing_and_stays_below_the_limit(items: list[int], size: int) -> None:
    parts = list(chunks(items, size))

    assert [item for part in parts for item in part] == items
    assert all(0 < len(part) <= size for part in parts)
    assert all(len(part) == size for part in parts[:-1])


def test_a_connection_stays_open_for_every_request_at_a_time() -> None:
    assert WORKERS <= CONNECTIONS


def test_a_refused_task_is_told_at_its_place_and_the_job_stays_unarmed() -> None:
    world = World()
    world.batch.refusals["b"] = Fault("InvalidPropertyValue", "Not valid.", {"PropertyName": "commandLine"})

    _, report = world.apply(program(["a", "b", "c"]))

    assert codes(report) == ["BS702"]
    assert report.diagnostics[0].pointer == "/tasks/1"
    assert not world.batch.jobs["demo-job"].view.armed


def test_of_ten_thousand_tasks_the_three_that_are_refused_are_named_and_the_next_apply_adds_just_them(
    tmp_path: Path,
) -> None:
    world, made = World(), Project(tmp_path).program(MATRIX)
    refused = ["t-3", "t-5000", "last"]
    world.batch.refusals.update(dict.fromkeys(refused, BAD))

    _, report = world.apply(made)

    told = [found for found in report.diagnostics if found.code == "BS702"]
    assert [found.message for found in told] == [f'the service refused task "{one}": Not valid' for one in refused]
    assert [(found.pointer, found.span.start.line if found.span else 0) for found in told] == [
        ("/tasks/0", 6),
        ("/tasks/0", 6),
        ("/tasks/1", 9),
    ]
    job = world.batch.jobs["demo"]
    assert (len(job.tasks), job.view.armed, report.verdict) == (9998, False, Verdict.REFUSED)

    world.batch.refusals.clear()
    asked: list[str] = []
    add = world.batch.add_tasks

    def counted(job_id: str, tasks: Iterable[Body]) -> list[AddResult]:
        results = add(job_id, tasks)
        asked.extend(result.task_id for result in results)
        return results

    world.batch.add_tasks = counted  # type: ignore[method-assign]  # looked at
    world.apply(made, Options(wait=False))

    assert sorted(asked) == sorted(refused)
    assert (len(world.batch.jobs["demo"].tasks), world.batch.jobs["demo"].view.armed) == (10_001, True)


def test_of_very_many_refused_tasks_the_first_are_named_and_the_rest_counted() -> None:
    world = World()
    ids = [f"t{at}" for at in range(SHOWN + 5)]
    world.batch.refusals.update(dict.fromkeys(ids, BAD))

    _, report = world.apply(program(ids))

    messages = [found.message for found in report.diagnostics]
    assert messages == [*(f'the service refused task "{one}": Not valid' for one in ids[:SHOWN]),
                        "the service refused 5 more tasks"]  # fmt: skip


def test_a_task_that_the_service_fails_to_add_is_added_later_and_given_up_in_the_end() -> None:
    world = World()
    world.batch.server_errors = {"a": 2}
    _, report = world.apply(program(["a", "b"]))
    assert (report.verdict, len(world.batch.jobs["demo-job"].tasks)) == (Verdict.SUCCEEDED, 2)

    world = World()
    world.batch.server_errors = {"a": 1000}
    with pytest.raises(Busy, match='failed to add task "a" 6 times'):
        world.apply(program(["a", "b"]))


def test_a_result_that_is_missing_is_asked_for_again() -> None:
    world = World()
    add, dropped = world.batch.add_tasks, 0

    def forgetful(job_id: str, tasks: Iterable[Body]) -> list[AddResult]:
        nonlocal dropped
        results = add(job_id, tasks)
        if not dropped:
            dropped = 1
            return results[1:]
        return results

    world.batch.add_tasks = forgetful  # type: ignore[method-assign]  # made worse
    _, report = world.apply(program(["a", "b", "c"]))

    assert (report.verdict, sorted(world.batch.jobs["demo-job"].tasks)) == (Verdict.SUCCEEDED, ["a", "b", "c"])


def test_parts_that_are_too_large_are_halved_down_to_the_task_that_is() -> None:
    world = World(largest=3)
    made = program([f"t{at}" for at in range(10)])

    _, report = world.apply(made)

    assert (report.verdict, len(world.batch.jobs["demo-job"].tasks)) == (Verdict.SUCCEEDED, 10)

    world = World(largest=0)
    _, report = world.apply(replace(made, tasks=made.tasks[:2]))

    assert [found.code for found in report.diagnostics] == ["BS702", "BS702"]
