"""What a spec need not have: a job, tasks, a pool of its own, an end by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azure.batch.models import PoolAddParameter

from batchspec.compiler.program import Made, Program
from batchspec.errors import ExitCode, UsageError
from batchspec.ports import NodeView
from batchspec.run import Options, Verdict, apply, destroy, download, logs, status
from batchspec.run.events import (
    Armed,
    Event,
    Finished,
    JobReady,
    JobTerminated,
    Kept,
    Output,
    PoolReady,
    Removed,
    TaskMoved,
)
from tests.support.fakes import Behaviour
from tests.support.programs import elsewhere, job_of, origin, pool_of, program
from tests.support.world import World, codes, of


def only_pool() -> Program:
    return replace(program([]), job=None)


def test_a_spec_with_only_a_pool_makes_it_and_is_done() -> None:
    world = World()

    events, report = world.apply(only_pool())
    again, _ = world.apply(only_pool())

    assert (report.verdict, report.exit_code, report.job_id) == (Verdict.READY, ExitCode.OK, None)
    assert of(events, PoolReady) == [PoolReady("demo-pool", created=True)]
    assert of(again, PoolReady) == [PoolReady("demo-pool", created=False)]


def test_a_spec_with_only_a_pool_has_a_status_and_is_destroyed() -> None:
    world = World()
    world.apply(only_pool())

    found = status(only_pool(), world.batch, world.clock)
    events = list(destroy(only_pool(), world.batch, world.blobs, world.clock))

    assert (found.pool_id, found.job_id, found.nodes) == ("demo-pool", None, {"creating": 2})
    assert of(events, Removed) == [Removed("pool", "demo-pool")]
    assert not world.batch.pools


def test_a_pool_alone_that_is_somebody_elses_is_refused() -> None:
    world = World()
    there = pool_of(program([]))
    there.metadata[0].value = "stranger"
    world.batch.add_pool(there)

    _, report = world.apply(only_pool())

    assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["BS602"])


def test_without_a_job_there_is_nothing_to_log_or_to_download(tmp_path: Path) -> None:
    world = World()

    for steps in (
        logs(only_pool(), world.batch, world.blobs, world.clock),
        download(only_pool(), world.batch, world.blobs, world.clock, tmp_path),
    ):
        with pytest.raises(UsageError, match='the spec "demo" has no job'):
            list(steps)


def shared(world: World) -> None:
    """A pool that somebody else made."""
    world.batch.add_pool(PoolAddParameter(id="shared", vm_size="standard_d2s_v5"))


def test_a_job_runs_on_a_pool_that_others_made_and_leaves_it() -> None:
    world = World()
    shared(world)

    events, report = world.apply(elsewhere(program(["a"])))
    removed = list(destroy(elsewhere(program(["a"])), world.batch, world.blobs, world.clock))

    assert (report.verdict, report.pool_id) == (Verdict.SUCCEEDED, "shared")
    assert of(events, PoolReady) == [PoolReady("shared", created=False)]
    assert Kept("pool", "shared", "this spec only uses it") in removed
    assert set(world.batch.pools) == {"shared"}
    assert not world.batch.jobs


@pytest.mark.parametrize("deleting", [False, True], ids=["that is not there", "that is being deleted"])
def test_a_named_pool_that_is_missing_is_told_at_its_place_and_nothing_is_made(deleting: bool) -> None:
    world = World()
    if deleting:
        shared(world)
        world.batch.delete_pool("shared")

    _, report = world.apply(elsewhere(program(["a"])))

    assert codes(report) == ["BS605"]
    assert report.diagnostics[0].pointer == "/job/pool_info"
    assert not world.batch.jobs


def test_trouble_of_a_named_pool_is_told_where_the_job_names_it() -> None:
    world = World(nodes=0)
    shared(world)

    _, report = world.apply(elsewhere(program(["a"])))

    assert codes(report) == ["BS805"]
    assert report.diagnostics[0].pointer == "/job/pool_info"


def test_a_pool_named_in_another_case_is_the_specs_own() -> None:
    world = World()
    made = program(["a"])
    job_of(made).pool_info.pool_id = "DEMO-POOL"
    made = replace(made, pool_info=Made(job_of(made).pool_info, origin()))

    _, report = world.apply(made, Options(wait=False))

    assert report.verdict is Verdict.SUBMITTED


def until_ready(world: World, made: Program, pool_id: str) -> Any:
    """Apply; the service tells which pool it made once the job is armed."""
    nodes = [NodeView("node-0", "idle")]
    for event in apply(made, world.batch, world.blobs, world.clock):
        if isinstance(event, Armed):
            world.batch.add_pool(PoolAddParameter(id=pool_id, vm_size="x"))
            world.batch.pools[pool_id].nodes = nodes if world.batch.nodes else []
            job = world.batch.jobs["demo-job"]
            job.view = replace(job.view, pool_id=pool_id)
        if isinstance(event, Finished):
            return event.report
    raise AssertionError


def test_a_job_runs_on_the_pool_that_the_service_makes_for_it() -> None:
    report = until_ready(World(), elsewhere(program(["a"]), None), "auto-1")

    assert report.verdict is Verdict.SUCCEEDED


def test_trouble_of_a_pool_that_the_service_made_is_told_at_its_place() -> None:
    report = until_ready(World(nodes=0), elsewhere(program(["a"]), None), "auto-1")

    assert codes(report) == ["BS805"]
    assert 'pool "auto-1"' in report.diagnostics[0].message
    assert report.diagnostics[0].pointer == "/job/pool_info"


@pytest.mark.parametrize("spec_tasks", [[], ["own"]], ids=["alone", "beside tasks of the spec"])
@pytest.mark.parametrize("kills", [None, False], ids=["its end is the job's", "the job goes on after it"])
def test_a_job_manager_task_and_what_it_adds_are_watched_to_the_end(kills: bool | None, spec_tasks: list[str]) -> None:
    world = World({"manager": Behaviour(seconds=10.0)}, slots=4)
    world.batch.adds = ("x", "y")
    made = program(spec_tasks, manager=True)
    job_of(made).job_manager_task.kill_job_on_completion = kills

    events, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED
    assert of(events, Armed)
    assert {row.id for row in report.tasks} == {"manager", "x", "y", *spec_tasks}
    assert report.counts.succeeded == 3 + len(spec_tasks)
    assert world.batch.jobs["demo-job"].view.state == "completed"


def test_tasks_that_a_job_manager_leaves_unfinished_are_told_with_the_jobs_end() -> None:
    world = World({"manager": Behaviour(seconds=1.0), "long": Behaviour(seconds=1e6)}, slots=4)
    world.batch.adds = ("long",)

    _, report = world.apply(program([], manager=True))

    assert report.verdict is Verdict.FAILED
    assert [(found.code, found.message) for found in report.diagnostics] == [
        ("BS807", 'job "demo-job" was ended with its job manager task'),
        ("BS801", 'task "long" was ended with the job'),
    ]


def test_a_job_manager_task_that_fails_is_told_at_its_place() -> None:
    world = World({"manager": Behaviour(exit_code=3, stderr="oh\n")})

    _, report = world.apply(program([], manager=True))

    assert codes(report) == ["BS801"]
    assert report.diagnostics[0].pointer == "/job/job_manager_task"
    assert report.findings[0].excerpt == "oh"


def test_the_first_apply_after_a_managed_job_has_ended_tells_the_same() -> None:
    world = World({"manager": Behaviour(seconds=10.0)}, slots=4)
    world.batch.adds = ("x", "y")
    _, first = world.apply(program([], manager=True))

    events, report = world.apply(program([], manager=True))

    assert of(events, JobReady) == [JobReady("demo-job", "completed")]
    assert (report.verdict, report.counts) == (first.verdict, first.counts)


def test_logs_of_a_managed_job_show_all_tasks_there_are_and_know_which_are_not() -> None:
    world = World({"manager": Behaviour(stdout="M\n"), "x": Behaviour(stdout="X\n")}, slots=4)
    world.batch.adds = ("x",)
    made = program([], manager=True)
    job_of(made).job_manager_task.kill_job_on_completion = False
    world.apply(made, Options(follow=False))

    everything = list(logs(made, world.batch, world.blobs, world.clock))
    one = list(logs(made, world.batch, world.blobs, world.clock, ["x"]))

    assert everything == [Output("manager", "stdout", "M\n"), Output("x", "stdout", "X\n")]
    assert one == [Output("x", "stdout", "X\n")]
    with pytest.raises(UsageError) as caught:
        list(logs(made, world.batch, world.blobs, world.clock, ["manger"]))
    assert caught.value.hint == 'did you mean "manager"?'


def test_a_job_without_tasks_is_made_and_not_armed_and_this_is_said() -> None:
    world = World()

    events, report = world.apply(program([]))
    _, again = world.apply(program([]))

    assert report.verdict is again.verdict is Verdict.READY
    assert not of(events, Armed)
    assert of(events, Kept) == [Kept("job", "demo-job", "it has no tasks, and stays active until somebody ends it")]
    assert world.batch.jobs["demo-job"].view.state == "active"


@pytest.mark.parametrize("action", ["noaction", None])
@pytest.mark.parametrize(("exit_code", "verdict"), [(0, Verdict.SUCCEEDED), (1, Verdict.FAILED)])
def test_a_job_that_shall_stay_is_watched_until_its_tasks_have_ended_and_stays(
    action: str | None, exit_code: int, verdict: Verdict
) -> None:
    world = World({"a": Behaviour(exit_code=exit_code)})
    made = program({"a": [], "b": ["a"]}, on_all_tasks_complete=action)

    events, report = world.apply(made)

    assert report.verdict is verdict
    assert not of(events, Armed)
    assert not of(events, JobTerminated)
    assert Kept("job", "demo-job", "it stays active, as on_all_tasks_complete says") in events
    assert world.batch.jobs["demo-job"].view.state == "active"


def test_a_job_that_stays_may_get_tasks_of_others_and_they_count() -> None:
    world = World({"a": Behaviour(seconds=5.0), "later": Behaviour(exit_code=2, seconds=20.0)})
    made = program(["a"], on_all_tasks_complete="noaction")
    events: list[Event] = []
    for event in apply(made, world.batch, world.blobs, world.clock):
        if isinstance(event, TaskMoved) and event.task.id == "a" and event.task.state == "running":
            world.batch.add_tasks("demo-job", [task.body for task in program(["later"]).tasks])
        events.append(event)

    report = of(events, Finished)[0].report
    assert report.verdict is Verdict.FAILED
    assert [row.id for row in report.tasks] == ["a", "later"]
    assert report.diagnostics[0].pointer == "/job"


def test_submitting_does_not_change_the_program() -> None:
    world = World()
    made = program(["a"])

    world.apply(made)

    assert job_of(made).on_all_tasks_complete == "terminatejob"
