"""The whole line against services in memory: what happens, in which order, and what it comes to."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from batchspec.errors import ExitCode
from batchspec.run import Options, Verdict, apply
from batchspec.run.events import (
    Armed,
    CountsMoved,
    Finished,
    Found,
    JobReady,
    JobTerminated,
    PoolReady,
    TaskMoved,
    TasksAdded,
)
from tests.support.fakes import Behaviour
from tests.support.programs import input_of, job_of, pool_of, program
from tests.support.world import World, codes, of


def test_a_chain_of_tasks_succeeds_and_is_reported_in_the_order_of_the_spec() -> None:
    world = World()

    events, report = world.apply(program({"c": ["b"], "b": ["a"], "a": []}))

    assert report.verdict is Verdict.SUCCEEDED
    assert report.exit_code is ExitCode.OK
    rows = [(row.id, row.exit_code, row.duration) for row in report.tasks]
    assert rows == [  # type: ignore[comparison-overlap]  # approx is no float
        ("c", 0, pytest.approx(1.0, abs=0.5)),
        ("b", 0, pytest.approx(1.0, abs=0.5)),
        ("a", 0, pytest.approx(1.0, abs=0.5)),
    ]
    assert of(events, PoolReady) == [PoolReady("demo-pool", created=True)]
    assert of(events, JobReady) == [JobReady("demo-job", "created")]


def test_the_job_is_armed_only_after_all_of_its_tasks_were_added() -> None:
    events, _ = World().apply(program([f"t{n}" for n in range(250)]), Options(wait=False))

    assert of(events, TasksAdded)[-1] == TasksAdded(250, 250)
    assert [type(event) for event in events[-2:]] == [Armed, Finished]


def test_without_waiting_the_verdict_is_submitted() -> None:
    _, report = World().apply(program(["a"]), Options(wait=False))

    assert report.verdict is Verdict.SUBMITTED
    assert report.exit_code is ExitCode.OK


def test_dependents_of_a_failed_task_are_named_and_the_job_is_ended() -> None:
    world = World({"a": Behaviour(exit_code=3, stderr="one\nkaboom\n")})

    events, report = world.apply(program({"a": [], "b": ["a"], "c": ["b"], "d": []}))

    assert report.verdict is Verdict.FAILED
    assert report.exit_code is ExitCode.TASKS_FAILED
    assert codes(report) == ["BS801", "BS802", "BS802"]
    assert report.findings[0].excerpt == "one\nkaboom"
    assert report.blocked == 2
    assert [row.state for row in report.tasks] == ["completed", "blocked", "blocked", "completed"]
    assert of(events, JobTerminated)[0].job_id == "demo-job"
    assert world.batch.jobs["demo-job"].view.state == "completed"


def test_a_failed_job_is_told_again_by_the_next_apply_and_nothing_is_added() -> None:
    world = World({"a": Behaviour(exit_code=3)})
    made = program({"a": [], "b": ["a"]})
    world.apply(made)

    events, report = world.apply(made)

    assert report.verdict is Verdict.FAILED
    assert of(events, JobReady) == [JobReady("demo-job", "completed")]
    assert codes(report) == ["BS801", "BS802"]
    assert not of(events, TasksAdded)


def test_an_interrupted_submission_is_finished_by_the_next_apply() -> None:
    world = World()
    made = program([f"t{n}" for n in range(500)])
    for event in apply(made, world.batch, world.blobs, world.clock):
        if isinstance(event, TasksAdded) and event.done:
            break
    assert not world.batch.jobs["demo-job"].view.armed

    events, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED
    assert report.counts.succeeded == 500
    assert of(events, JobReady) == [JobReady("demo-job", "resumed")]
    assert world.batch.log == ["add pool demo-pool", "add job demo-job"]


def test_closing_the_iterator_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    world = World()
    events = apply(program([f"t{n}" for n in range(500)]), world.batch, world.blobs, world.clock)
    for event in events:
        if isinstance(event, TasksAdded) and event.done:
            break

    events.close()

    assert threading.active_count() == before


def test_what_is_somebody_elses_makes_nothing() -> None:
    world = World()
    there = job_of(program(["a"]))
    there.metadata[0].value = "stranger"
    world.batch.add_job(there)

    _, report = world.apply(program(["a"]))

    assert codes(report) == ["BS602"]
    assert not world.batch.pools, "a pool that nobody would use costs all the same"


def test_a_completed_job_needs_no_pool_and_no_inputs(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("in")
    world = World()
    made = program(["a"], uploads=(input_of(tmp_path / "in"),))
    world.apply(made)
    world.batch.pools.clear()
    world.blobs.uploads.clear()

    events, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED
    assert of(events, JobReady) == [JobReady("demo-job", "completed")]
    assert (world.batch.pools, world.blobs.uploads) == ({}, [])


def test_a_pool_that_is_being_deleted_is_waited_for() -> None:
    world = World()
    made = program(["a"])
    world.batch.add_pool(pool_of(made))
    world.batch.delete_pool("demo-pool")

    _, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED


def test_a_timeout_names_what_is_still_running_and_leaves_the_job() -> None:
    world = World({"slow": Behaviour(seconds=1e6)})

    _, report = world.apply(program(["quick", "slow"]), Options(timeout=30.0))

    assert report.verdict is Verdict.TIMED_OUT
    assert report.exit_code is ExitCode.TIMED_OUT
    assert report.running == ("slow",)
    assert world.batch.jobs["demo-job"].view.state == "active"
    assert world.clock.time == pytest.approx(30.0, abs=1.0)


def test_the_counts_and_every_end_are_told_once() -> None:
    events, _ = World().apply(program([f"t{n}" for n in range(40)]))

    ends = [event.task.id for event in of(events, TaskMoved) if event.task.state == "completed"]
    assert sorted(ends) == sorted(f"t{n}" for n in range(40))
    counts = [event.counts for event in of(events, CountsMoved)]
    assert len(counts) == len(set(counts))


def test_findings_of_the_run_are_told_as_they_are_found_and_again_in_the_report() -> None:
    events, report = World({"a": Behaviour(exit_code=1)}).apply(program(["a"]))

    assert tuple(event.finding for event in of(events, Found)) == report.findings != ()
