"""What a run tells of itself at one moment, and how few requests that costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchspec.ports import Counts
from batchspec.run import Options
from batchspec.run.report import Verdict
from tests.support.fakes import Behaviour
from tests.support.place import run_in
from tests.support.project import Project
from tests.support.runs import JOB, at_the_end, started
from tests.support.world import World


def ended_while_it_runs(world: World) -> None:
    at_the_end(world)
    world.batch.end_job("demo", "somebody")


STANDINGS: dict[str, tuple[dict[str, Behaviour], Callable[[World], object], Verdict | None, Counts, int]] = {
    "it has just begun": ({}, lambda _world: None, None, Counts(active=3), 0),
    "its tasks run": (
        {"a": Behaviour(seconds=1e6), "c": Behaviour(seconds=1e6)},
        at_the_end,
        None,
        Counts(active=1, running=2),
        0,
    ),
    "all have succeeded": ({}, at_the_end, Verdict.SUCCEEDED, Counts(completed=3, succeeded=3), 0),
    "one failed that another waits for": (
        {"a": Behaviour(exit_code=2)},
        at_the_end,
        Verdict.FAILED,
        Counts(active=1, completed=2, succeeded=1, failed=1),
        1,
    ),
    "one failed, and others go on": (
        {"a": Behaviour(exit_code=2), "c": Behaviour(seconds=1e6)},
        at_the_end,
        None,
        Counts(active=1, running=1, completed=1, failed=1),
        1,
    ),
    "it was ended before it began": (
        {},
        lambda world: world.batch.end_job("demo", "somebody"),
        Verdict.BLOCKED,
        Counts(active=3),
        0,
    ),
    "it was ended while it ran": (
        {"a": Behaviour(seconds=1e6), "c": Behaviour(seconds=1e6)},
        ended_while_it_runs,
        Verdict.FAILED,
        Counts(active=1, completed=2, failed=2),
        1,
    ),
}


@pytest.mark.parametrize(("behaviours", "then", "verdict", "counts", "blocked"), STANDINGS.values(), ids=STANDINGS)
def test_its_status_says_how_far_it_is(
    project: Project,
    behaviours: dict[str, Behaviour],
    then: Callable[[World], object],
    verdict: Verdict | None,
    counts: Counts,
    blocked: int,
) -> None:
    slow = {task_id: Behaviour(seconds=5.0) for task_id in "abc"}
    world = started(project, behaviours={**slow, **behaviours})
    then(world)

    status = run_in(world).status()

    assert (status.verdict, status.counts, status.blocked) == (verdict, counts, blocked)
    assert status.done is (verdict is not None)


def asked(world: World, call: Callable[[], object]) -> int:
    before = world.batch.faults.count + world.blobs.faults.count
    call()
    return world.batch.faults.count + world.blobs.faults.count - before


def test_a_status_costs_two_requests_while_nothing_has_failed(project: Project) -> None:
    world = started(project)

    assert asked(world, run_in(world).status) == 2
    at_the_end(world)
    assert asked(world, run_in(world).status) == 2


def test_counts_that_lag_behind_the_job_make_no_verdict(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    world = started(project)
    at_the_end(world)
    assert world.batch.get_job("demo").state == "completed"
    monkeypatch.setattr(world.batch, "count_tasks", lambda _job_id: Counts(running=1, completed=2, succeeded=2))

    status = run_in(world).status()

    assert (status.verdict, status.counts.succeeded) == (Verdict.SUCCEEDED, 3)


def test_its_tasks_are_told_with_what_can_never_run(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(exit_code=2)})
    at_the_end(world)

    assert [(row.id, row.state) for row in run_in(world).tasks()] == [
        ("a", "completed"),
        ("b", "blocked"),
        ("c", "completed"),
    ]


def test_it_says_why_it_does_not_go_on(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(exit_code=2)})
    at_the_end(world)

    (reason,) = run_in(world).why("b")

    assert '"a"' in reason.text
    assert reason.final


def test_a_cancel_ends_the_run_and_only_that(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(seconds=1e6)})
    world.apply(project.program(JOB.replace("job: {id: demo}", "job: {id: demo-2}")), Options(wait=False))
    run = run_in(world)
    world.clock.sleep(10.0)

    run.cancel()
    run.cancel()

    assert run.status().verdict is Verdict.FAILED
    assert world.batch.get_job("demo-2").state == "active"


def test_a_fault_of_the_service_is_asked_again(project: Project) -> None:
    world = started(project)
    at_the_end(world)
    world.batch.faults.k, world.batch.faults.kind = world.batch.faults.count + 1, "429"

    assert run_in(world).status().verdict is Verdict.SUCCEEDED
