"""A pool that cannot run what is left ends the watch, with the reason and what was printed last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchspec.errors import ExitCode
from batchspec.ports import Fault, PrepView
from batchspec.run import Options, Verdict
from batchspec.run.events import Armed, Event
from tests.support.fakes import Behaviour
from tests.support.programs import program
from tests.support.world import World, codes


def test_a_failed_start_task_ends_the_watch_with_its_last_lines() -> None:
    world = World(node_state="starttaskfailed")
    world.batch.node_files["startup/stderr.txt"] = "E: no such package\n"

    _, report = world.apply(program(["a"]))

    assert report.verdict is Verdict.BLOCKED
    assert report.exit_code is ExitCode.TASKS_FAILED
    assert codes(report) == ["BS803"]
    assert report.findings[0].excerpt == "E: no such package"


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        (1, 'node "node-0"'),
        (2, 'nodes "node-0", "node-1"'),
        (50, 'nodes "node-0", "node-1", "node-2" and 47 more'),
    ],
)
def test_what_fails_on_many_nodes_is_told_once_with_the_first_of_them(nodes: int, named: str) -> None:
    _, report = World(node_state="starttaskfailed", nodes=nodes).apply(program(["a"]))

    assert [found.message for found in report.diagnostics] == [
        f'pool "demo-pool" can run no task: the start task failed on {named}'
    ]


def test_a_node_that_fails_beside_others_that_work_is_told_once() -> None:
    world = World({"a": Behaviour(seconds=600.0)}, node_state="idle", slots=0)

    def fail(event: Event) -> None:
        if isinstance(event, Armed):
            pool = world.batch.pools["demo-pool"]
            pool.nodes[0] = replace(pool.nodes[0], state="starttaskfailed", start_task_exit_code=7)

    _, report = world.apply(program(["a"]), Options(timeout=60.0), fail)

    assert report.verdict is Verdict.TIMED_OUT
    assert [found.message for found in report.diagnostics] == [
        'the start task failed on node "node-0" with exit code 7'
    ]


@pytest.mark.parametrize("state", ["unusable", "unknown"])
def test_unusable_and_lost_nodes_are_given_time_before_they_end_the_watch(state: str) -> None:
    world = World(node_state=state)

    _, report = world.apply(program(["a"]))

    assert codes(report)[-1] == "BS804"
    assert world.clock.time > 100


def test_a_pool_without_nodes_ends_the_watch_with_the_reason() -> None:
    world = World(nodes=0)
    world.batch.resize_errors = (Fault("AccountCoreQuotaReached", "The quota was reached."),)

    _, report = world.apply(program(["a"]))

    assert codes(report) == ["BS805"]
    assert "quota" in (report.diagnostics[0].hint or "")


def test_a_failed_job_preparation_ends_the_watch_with_its_last_lines() -> None:
    world = World(nodes=1)
    world.batch.prep_failure = PrepView("", "completed", succeeded=False, exit_code=1, root="workitems/j/prep")
    world.batch.node_files["workitems/j/prep/stderr.txt"] = "pip: no such thing\n"

    _, report = world.apply(program(["a"], prepare=True))

    assert codes(report) == ["BS806"]
    assert report.findings[0].excerpt == "pip: no such thing"


def test_a_pool_that_is_deleted_under_way_ends_the_watch() -> None:
    world = World({"a": Behaviour(seconds=1e6)})

    def delete(event: Event) -> None:
        if isinstance(event, Armed):
            world.batch.pools.clear()

    _, report = world.apply(program(["a", "b", "c", "d", "e"]), seen=delete)

    assert codes(report) == ["BS810"]
