"""status, logs, download and destroy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from azure.batch.models import JobScheduleAddParameter, JobSpecification, MetadataItem, PoolInformation, Schedule

from batchspec.compiler.program import Download, Made, Program, Upload
from batchspec.errors import LocalFailure, UsageError
from batchspec.ports import OWNER_KEY, RUN_KEY
from batchspec.run import Options, apply, destroy, download, logs, status
from batchspec.run.destroy import running_in
from batchspec.run.events import Kept, Output, Removed, Removing, TaskMoved
from tests.support.fakes import Behaviour, FakeBatch, FakeBlob, FakeClock
from tests.support.programs import job_of, origin, pool_of, program

MADE = program({"a": [], "b": ["a"], "c": []})


class World:
    def __init__(self, **behaviours: Behaviour) -> None:
        self.clock = FakeClock()
        self.batch = FakeBatch(self.clock, behaviours)
        self.blobs = FakeBlob()

    def apply(self, options: Options | None = None) -> None:
        list(apply(MADE, self.batch, self.blobs, self.clock, options or Options()))


def test_status_before_anything_was_made() -> None:
    found = status(MADE, World().batch, FakeClock())

    assert (found.pool, found.job, found.tasks) == (None, None, ())


def test_status_tells_of_nodes_counts_and_blocked_tasks() -> None:
    world = World(a=Behaviour(exit_code=1))
    world.apply()

    found = status(MADE, world.batch, world.clock)

    assert found.nodes == {"idle": 2}
    assert (found.counts.failed, found.counts.succeeded, found.blocked) == (1, 1, 1)
    assert [(row.id, row.state) for row in found.tasks] == [
        ("a", "completed"),
        ("b", "blocked"),
        ("c", "completed"),
    ]


def test_status_tells_what_is_not_ours() -> None:
    world = World()
    world.apply()

    found = status(program(["a"], name="demo2"), world.batch, world.clock)
    stranger = program(["a"], name="stranger")
    pool_of(stranger).id, job_of(stranger).id = "demo-pool", "demo-job"
    job_of(stranger).pool_info.pool_id = "demo-pool"

    assert found.foreign == ()
    assert status(stranger, world.batch, world.clock).foreign == ("pool", "job")


def test_logs_show_tasks_in_the_order_of_the_spec() -> None:
    world = World(a=Behaviour(stdout="A\n"), c=Behaviour(stdout="C\n", stderr="E\n"))
    world.apply(Options(follow=False))

    events = list(logs(MADE, world.batch, world.blobs, world.clock))

    assert events == [
        Output("a", "stdout", "A\n"),
        Output("c", "stdout", "C\n"),
        Output("c", "stderr", "E\n"),
    ]


def test_logs_of_one_task() -> None:
    world = World(a=Behaviour(stdout="A\n"), c=Behaviour(stdout="C\n"))
    world.apply(Options(follow=False))

    assert list(logs(MADE, world.batch, world.blobs, world.clock, ["c"])) == [Output("c", "stdout", "C\n")]


def test_logs_of_a_task_that_never_stops_printing_end_where_it_was() -> None:
    world = World(a=Behaviour(seconds=1e6, stdout="tick\n", endless=True))
    for event in apply(MADE, world.batch, world.blobs, world.clock, Options(follow=False)):
        if isinstance(event, TaskMoved):
            break

    assert list(logs(MADE, world.batch, world.blobs, world.clock, ["a"])) == [Output("a", "stdout", "tick\n")]


def test_followed_logs_end_when_the_tasks_do() -> None:
    world = World(a=Behaviour(seconds=20.0, stdout="one\ntwo\n"))
    for event in apply(MADE, world.batch, world.blobs, world.clock, Options(follow=False)):
        if isinstance(event, TaskMoved):
            break

    events = list(logs(MADE, world.batch, world.blobs, world.clock, ["a"], follow=True))

    assert "".join(event.text for event in events if isinstance(event, Output)) == "one\ntwo\n"
    assert len(events) == 2, "half of it while it ran"


def test_logs_of_a_task_that_is_not_there_suggest_the_nearest() -> None:
    made = program(["split", "merge"])

    with pytest.raises(UsageError) as caught:
        list(logs(made, World().batch, FakeBlob(), FakeClock(), ["splt"]))

    assert caught.value.hint == 'did you mean "split"?'


def test_logs_of_a_job_that_is_not_there_say_how_to_run_it() -> None:
    with pytest.raises(UsageError):
        list(logs(MADE, World().batch, FakeBlob(), FakeClock()))


def test_download_works_after_the_job_is_gone(tmp_path: Path) -> None:
    blobs = FakeBlob()
    blobs.containers["demo"] = {"outputs/demo-job/a/x": b"x"}
    made = program(["a"], downloads=(Download("a", "outputs/demo-job/a/", "a", exact=False),))

    list(download(made, World().batch, blobs, FakeClock(), tmp_path))

    assert (tmp_path / "a" / "x").read_bytes() == b"x"


def test_download_of_what_was_never_applied_is_a_usage_error(tmp_path: Path) -> None:
    made = program(["a"], downloads=(Download("a", "outputs/demo-job/a/", "a", exact=False),))

    with pytest.raises(UsageError, match='there is no job "demo-job", and none of its outputs are kept'):
        list(download(made, World().batch, FakeBlob(), FakeClock(), tmp_path))


def test_download_to_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    blobs = FakeBlob()
    blobs.containers["demo"] = {"outputs/demo-job/a/x": b"x"}
    made = program(["a"], downloads=(Download("a", "outputs/demo-job/a/", "a", exact=False),))

    with pytest.raises(LocalFailure):
        list(download(made, World().batch, blobs, FakeClock(), tmp_path / "out"))


def test_destroy_removes_job_pool_and_outputs_and_says_what_it_keeps() -> None:
    world = World()
    world.apply()
    world.blobs.containers["demo"] = {"outputs/demo-job/a/x": b"x", "inputs/1": b"1"}
    made = program(["a"], uploads=(Upload(Path("x"), "inputs/1", 1, origin()),))

    events = list(destroy(made, world.batch, world.blobs, world.clock))

    assert [event for event in events if isinstance(event, (Removing, Removed))] == [
        Removed("blobs", "demo/outputs/demo-job/", 1),
        Removing("job", "demo-job"),
        Removed("job", "demo-job"),
        Removing("pool", "demo-pool"),
        Removed("pool", "demo-pool"),
    ]
    assert [event.kind for event in events if isinstance(event, Kept)] == ["blobs"]
    assert list(world.blobs.containers["demo"]) == ["inputs/1"]


def rerun(world: World, name: str, **marks: str) -> None:
    """Another job there, as a further run has it."""
    job = world.batch.jobs["demo-job"]
    metadata = {**job.view.metadata, RUN_KEY: "demo-job", **marks}
    world.batch.jobs[name] = replace(job, view=replace(job.view, id=name, metadata=metadata))
    world.blobs.containers.setdefault("demo", {})[f"outputs/{name}/a/x"] = b"x"


def test_destroy_removes_the_reruns_of_the_job_with_their_outputs() -> None:
    world = World()
    world.apply()
    rerun(world, "demo-job-2")
    rerun(world, "demo-job-3", **{OWNER_KEY: "stranger"})
    rerun(world, "demo-job-4", **{RUN_KEY: "demo-job-4"})

    events = list(destroy(MADE, world.batch, world.blobs, world.clock))

    removed = [event.name for event in events if isinstance(event, Removed) and event.kind == "job"]
    assert removed == ["demo-job", "demo-job-2"]
    assert sorted(world.batch.jobs) == ["demo-job-3", "demo-job-4"]
    assert sorted(world.blobs.containers["demo"]) == ["outputs/demo-job-3/a/x", "outputs/demo-job-4/a/x"]


def test_a_rerun_is_removed_when_the_first_run_is_gone() -> None:
    world = World()
    world.apply()
    rerun(world, "demo-job-2")
    del world.batch.jobs["demo-job"]

    list(destroy(MADE, world.batch, world.blobs, world.clock))

    assert world.batch.jobs == {}


def scheduled() -> Program:
    marks = [MetadataItem(name=OWNER_KEY, value="demo")]
    work = JobSpecification(pool_info=PoolInformation(pool_id="demo-pool"))
    body = JobScheduleAddParameter(id="demo-s", schedule=Schedule(), job_specification=work, metadata=marks)
    return replace(MADE, job=None, schedule=Made(body, origin()))


def test_destroy_removes_a_schedule_with_its_jobs_before_its_pool() -> None:
    world = World()
    world.apply()
    made = scheduled()
    assert made.schedule is not None
    world.batch.add_schedule(made.schedule.body)
    world.batch.delete_job("demo-job")
    world.blobs.containers["demo"] = {"outputs/demo-s/job-1/a": b"x", "outputs/demo-s-2/b": b"x"}

    events = list(destroy(made, world.batch, world.blobs, world.clock))

    removed = [(event.kind, event.name) for event in events if isinstance(event, Removed) and event.kind != "blobs"]
    assert removed == [("job schedule", "demo-s"), ("pool", "demo-pool")]
    assert list(world.blobs.containers["demo"]) == ["outputs/demo-s-2/b"]


def test_the_tasks_that_a_destroy_would_end_are_told_beforehand() -> None:
    world = World(a=Behaviour(seconds=1e6), c=Behaviour(seconds=1e6))
    world.apply(Options(wait=False))
    world.clock.sleep(1)

    assert running_in(MADE, world.batch, world.blobs, world.clock) == {"demo-job": 2}
    world.batch.end_job("demo-job", "x")
    assert running_in(MADE, world.batch, world.blobs, world.clock) == {}


def test_destroy_leaves_what_is_not_ours() -> None:
    world = World()
    world.apply()
    stranger = program(["a"], name="stranger")
    pool_of(stranger).id, job_of(stranger).id = "demo-pool", "demo-job"

    events = list(destroy(stranger, world.batch, world.blobs, world.clock))

    assert [event.kind for event in events if isinstance(event, Kept)] == ["job", "pool"]
    assert set(world.batch.jobs) == {"demo-job"}


def test_destroy_keeps_a_pool_that_another_job_still_uses() -> None:
    world = World()
    world.apply()
    other = job_of(program({"slow": []}, fingerprint="f2", on_all_tasks_complete="noaction"))
    other.id = "other-job"
    world.batch.add_job(other)

    events = list(destroy(MADE, world.batch, world.blobs, world.clock))

    assert Removed("job", "demo-job") in events
    assert Kept("pool", "demo-pool", 'job "other-job" still uses it') in events
    assert set(world.batch.pools) == {"demo-pool"}
    assert world.batch.get_pool("demo-pool").state == "active"


def test_destroy_removes_a_pool_whose_other_jobs_have_completed() -> None:
    world = World()
    world.apply()
    other = job_of(program({"slow": []}, on_all_tasks_complete="noaction"))
    other.id = "other-job"
    world.batch.add_job(other)
    world.batch.terminate_job("other-job", "done")

    events = list(destroy(MADE, world.batch, world.blobs, world.clock))

    assert Removed("pool", "demo-pool") in events


def test_destroy_needs_no_storage_account_for_work_that_left_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.apply()

    def list_blobs(*_: object) -> None:
        raise UsageError("no storage account is configured")

    monkeypatch.setattr(world.blobs, "list_blobs", list_blobs)

    list(destroy(MADE, world.batch, world.blobs, world.clock))

    assert [*world.batch.jobs, *world.batch.pools] == []


def test_destroy_of_nothing_says_so() -> None:
    world = World()

    events = list(destroy(MADE, world.batch, world.blobs, world.clock))

    assert [event.count for event in events if isinstance(event, Removed)] == [0, 0]
