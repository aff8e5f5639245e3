"""The runs of a job that was applied with --rerun: the newest is meant, unless one of them is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchspec import api
from batchspec.api import Connection
from batchspec.compiler.links import Placeholders
from batchspec.errors import UsageError
from batchspec.planning import Action
from batchspec.ports import OWNER_KEY, RUN_KEY
from batchspec.run import Options
from batchspec.run.look import plan_of
from batchspec.run.reruns import there
from tests.support.programs import program
from tests.support.project import HEAD, Project
from tests.support.world import World

SPEC = HEAD.replace("job: {id: demo}", "job: {id: demo-job}") + "tasks: [{id: a, run: ls, outputs: [{path: x}]}]\n"


def rerun(world: World, *names: str, **marks: str) -> None:
    """Further runs of the job, as they are there."""
    job = world.batch.jobs["demo-job"]
    for name in names:
        metadata = {**job.view.metadata, RUN_KEY: "demo-job", **marks}
        world.batch.jobs[name] = replace(job, view=replace(job.view, id=name, metadata=metadata))


def runs() -> World:
    world = World()
    world.apply(program(["a"]), Options(wait=False))
    rerun(world, "demo-job-2", "demo-job-10")
    rerun(world, "demo-job-3", **{OWNER_KEY: "stranger"})
    return world


def connected(world: World) -> Connection:
    return Connection("local", "a fake", world.blobs, world.clock, lambda _version: world.batch)


def test_the_newest_run_comes_first_and_those_of_others_are_none() -> None:
    world = runs()

    found = there(world.batch, world.clock, "demo", "demo-job")

    assert [view.id for view in found] == ["demo-job-10", "demo-job-2", "demo-job"]


@pytest.mark.parametrize(
    ("wanted", "job_id"),
    [(None, "demo-job-10"), ("1", "demo-job"), ("2", "demo-job-2"), ("DEMO-job", "demo-job")],
    ids=["the newest", "the first", "a later one", "by its id"],
)
def test_the_program_is_that_of_the_run(project: Project, wanted: str | None, job_id: str) -> None:
    made = connected(runs()).program(project.spec(SPEC), run=wanted)

    assert made.job_id == job_id
    assert f"outputs/{job_id}/" in str(made.tasks[0].body.serialize()), "its outputs are where that run left them"


@pytest.mark.parametrize("wanted", ["7", "3", "²", "other"])
def test_a_run_that_is_not_there_is_told_with_those_that_are(project: Project, wanted: str) -> None:
    with pytest.raises(UsageError) as raised:
        connected(runs()).program(project.spec(SPEC), run=wanted)

    assert raised.value.message == f'the job "demo-job" has no run "{wanted}"'
    assert raised.value.hint == "there are 10, 2, 1"


def test_a_job_that_was_never_applied_has_no_run(project: Project) -> None:
    with pytest.raises(UsageError) as raised:
        connected(World()).program(project.spec(SPEC), run="1")

    assert raised.value.hint == 'run it with "batchspec apply"'


def test_a_spec_without_a_job_has_no_runs(project: Project) -> None:
    pool = "\n".join(HEAD.splitlines()[:3]) + "\n"

    with pytest.raises(UsageError, match="has no job, and so no runs"):
        connected(World()).program(project.spec(pool), run="1")


@pytest.mark.parametrize(
    ("last", "reason", "why"),
    [
        ("demo-job", "Cancelled", 'it is the next run: job "demo-job" has ended (Cancelled)'),
        ("demo-job-2", "AllTasksComplete", 'it is the next run: job "demo-job-2" has ended (AllTasksComplete)'),
    ],
    ids=["cancelled", "a later one"],
)
def test_the_plan_of_the_next_run_tells_how_the_last_has_ended(
    project: Project, last: str, reason: str, why: str
) -> None:
    world = World()
    world.apply(program(["a"]), Options(wait=False))
    rerun(world, last)
    world.batch.end_job(last, reason)

    made = connected(world).program(project.spec(SPEC), rerun=True)
    found = plan_of(made, world.batch, world.blobs, world.clock, Options(rerun=True)).of("job")

    assert found is not None
    number = 3 if last.endswith("2") else 2
    assert (found.action, found.id, found.reasons) == (Action.CREATE, f"demo-job-{number}", (why,))


@pytest.mark.parametrize("owner", ["stranger", "nobody"])
def test_a_run_that_is_anothers_or_gone_is_not_the_one_before(project: Project, owner: str) -> None:
    world = World()
    world.apply(program(["a"]))
    made = api.compile_program(project.spec(SPEC), Placeholders(), "demo-job-2")
    rerun(world, "demo-job", **{OWNER_KEY: owner})
    if owner == "nobody":
        del world.batch.jobs["demo-job"]

    found = plan_of(made, world.batch, world.blobs, world.clock).of("job")

    assert found is not None
    assert found.reasons == ("there is none",)


def test_of_many_runs_the_last_are_told_and_how_many_there_are_before(project: Project) -> None:
    world = World()
    world.apply(program(["a"]))
    for number in range(2, 15):
        rerun(world, f"demo-job-{number}")

    with pytest.raises(UsageError) as raised:
        connected(world).program(project.spec(SPEC), run="99")

    assert raised.value.hint == "there are 14, 13, 12, 11, 10, 9, 8, 7, 6, 5 and 4 more"
