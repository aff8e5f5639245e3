"""The outputs of a run whose job on_finish has deleted are found by destroy, and nobody else's are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch.models import MetadataItem

from batchspec.compiler.program import Finish, Program
from batchspec.ports import OWNER_KEY, RUN_KEY
from batchspec.run import Options, destroy
from batchspec.run.events import Removed
from batchspec.run.gc import WEEK, Keep, leftovers
from batchspec.run.sweep import sweep
from tests.support.fakes import EPOCH, Behaviour, Faults
from tests.support.programs import input_of, job_of, program
from tests.support.world import World


def made(folder: Path, job_id: str = "demo-job", name: str = "demo") -> Program:
    (folder / "in.txt").write_text("in")
    found = program(["a"], finish=Finish("keep", "delete"), name=name, uploads=(input_of(folder / "in.txt"),))
    body = job_of(found)
    body.id = job_id
    body.metadata.append(MetadataItem(name=RUN_KEY, value="demo-job"))
    return replace(found, container="demo")


def applied(world: World, *programs: Program) -> None:
    """Each has run and left an output, and its job is gone."""
    for one in programs:
        world.apply(one, Options())
        world.blobs.containers["demo"][f"outputs/{one.job_id}/tasks/a/x"] = b"x"
        world.clock.sleep(5.0)
    assert world.batch.jobs == {}


def left(world: World) -> list[str]:
    return sorted(name for name in world.blobs.containers["demo"] if not name.startswith("inputs/"))


def test_destroy_removes_what_runs_have_left_whose_jobs_are_gone(tmp_path: Path) -> None:
    world = World()
    applied(world, made(tmp_path), made(tmp_path, "demo-job-2"), made(tmp_path, "demo-job-3", name="other"))

    events = list(destroy(made(tmp_path), world.batch, world.blobs, world.clock))

    removed = {event.name: event.count for event in events if isinstance(event, Removed) and event.kind == "blobs"}
    assert removed == {"demo/outputs/demo-job/": 1, "demo/outputs/demo-job-2/": 1}
    assert left(world) == ["ended/demo-job-3", "outputs/demo-job-3/tasks/a/x"]


def test_what_a_job_of_somebody_else_has_left_under_the_same_id_stays(tmp_path: Path) -> None:
    world = World()
    applied(world, made(tmp_path, "demo-job-2"))
    world.apply(made(tmp_path, "demo-job-2", name="other"), Options(wait=False))

    list(destroy(made(tmp_path), world.batch, world.blobs, world.clock))

    assert left(world) == ["outputs/demo-job-2/tasks/a/x"]


@pytest.mark.parametrize(
    "data",
    [b"{", b"[]", json.dumps({OWNER_KEY: "demo"}).encode(), json.dumps({RUN_KEY: "demo-job"}).encode()],
    ids=["no JSON", "no object", "of no job", "of no spec"],
)
def test_what_is_not_a_note_of_ours_says_nothing(tmp_path: Path, data: bytes) -> None:
    world = World()
    stored = {"ended/demo-job-2": data, "outputs/demo-job-2/tasks/a/x": b"x"}
    world.blobs.containers["demo"] = dict(stored)

    list(destroy(made(tmp_path), world.batch, world.blobs, world.clock))

    assert world.blobs.containers["demo"] == stored


def test_gc_forgets_a_job_with_its_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    applied(world, made(tmp_path))
    listed = world.blobs.list_blobs
    old = lambda *asked: (replace(view, modified=EPOCH) for view in listed(*asked))  # noqa: E731
    monkeypatch.setattr(world.blobs, "list_blobs", old)
    world.clock.sleep(timedelta(days=9).total_seconds())

    list(
        sweep(
            leftovers(world.batch, world.blobs, world.clock, Keep(), WEEK, ["demo"]),
            world.batch,
            world.blobs,
            world.clock,
        )
    )

    assert left(world) == []


def test_a_job_that_is_made_under_the_id_of_one_that_has_gone_is_not_taken_for_it(tmp_path: Path) -> None:
    world = World()
    applied(world, made(tmp_path))

    world.apply(replace(made(tmp_path), finish=Finish()), Options())

    assert left(world) == ["outputs/demo-job/tasks/a/x"]


def test_what_a_run_writes_at_its_end_is_removed_though_the_destroy_was_cut_short(tmp_path: Path) -> None:
    for steps in range(1, 100):
        world = World({"a": Behaviour(seconds=1e6)})
        for one in (made(tmp_path), made(tmp_path, "demo-job-2")):
            world.apply(one, Options(wait=False))
        events = destroy(made(tmp_path), world.batch, world.blobs, world.clock)
        done = [event for _, event in zip(range(steps), events, strict=False)]
        events.close()
        for job_id, job in world.batch.jobs.items():
            if job.view.state == "deleting":
                world.blobs.containers["demo"][f"outputs/{job_id}/tasks/a/end"] = b"x"
        world.clock.sleep(5.0)

        list(destroy(made(tmp_path), world.batch, world.blobs, world.clock))

        assert left(world) == []
        if len(done) < steps:
            assert steps > 3
            return


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_destroy_leaves_nothing(tmp_path: Path, kind: str) -> None:
    for k in range(1, 100):
        world = World()
        applied(world, made(tmp_path), made(tmp_path, "demo-job-2"))
        world.batch.faults = world.blobs.faults = Faults(k, kind)

        list(destroy(made(tmp_path), world.batch, world.blobs, world.clock))

        assert left(world) == []
        if not world.batch.faults.hit:
            assert k > 8
            return


def test_a_destroy_that_is_cut_short_is_finished_by_the_next(tmp_path: Path) -> None:
    for steps in range(1, 100):
        world = World()
        applied(world, made(tmp_path), made(tmp_path, "demo-job-2"))
        events = destroy(made(tmp_path), world.batch, world.blobs, world.clock)
        done = [event for _, event in zip(range(steps), events, strict=False)]
        events.close()

        list(destroy(made(tmp_path), world.batch, world.blobs, world.clock))

        assert left(world) == []
        if len(done) < steps:
            assert steps > 3
            return
