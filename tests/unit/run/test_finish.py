"""on_finish: what becomes of pool and job when the work has ended, and that no verdict hangs on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from batchspec.compiler.program import Download, Finish
from batchspec.ports import Fault
from batchspec.run import Options, Verdict, finish
from batchspec.run.events import Event, Kept, TaskMoved
from tests.support.endings import DELETE, KEEP, ZERO, ended
from tests.support.fakes import Behaviour
from tests.support.programs import elsewhere, job_of, pool_of, program
from tests.support.world import World, codes, of


class Ending(NamedTuple):
    world: World
    tasks: list[str]
    verdict: Verdict


ENDINGS: dict[str, Callable[[], Ending]] = {
    "success": lambda: Ending(World(), ["a"], Verdict.SUCCEEDED),
    "failure": lambda: Ending(World({"a": Behaviour(exit_code=1)}), ["a"], Verdict.FAILED),
    "nothing can run": lambda: Ending(World(node_state="starttaskfailed"), ["a"], Verdict.BLOCKED),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (KEEP, (["demo-pool"], ["demo-job"])),
        (ZERO, (["demo-pool"], ["demo-job"])),
        (Finish("delete"), ([], ["demo-job"])),
        (Finish("keep", "delete"), (["demo-pool"], [])),
        (DELETE, ([], [])),
    ],
    ids=["keep", "scale the pool to zero", "delete the pool", "delete the job", "delete both"],
)
def test_however_the_work_ends_pool_and_job_are_left_as_asked(
    ending: Callable[[], Ending], asked: Finish, left: tuple[list[str], list[str]]
) -> None:
    world, tasks, verdict = ending()

    _, report = world.apply(program(tasks, finish=asked, nodes=2))

    assert report.verdict is verdict
    assert not [code for code in codes(report) if code == "BS812"]
    assert ended(world) == left
    assert all(pool.view.target_nodes == (0 if asked is ZERO else 2) for pool in world.batch.pools.values())


def test_the_limit_of_the_job_is_an_end_as_well() -> None:
    world = World({"a": Behaviour(seconds=1e6)})

    def expire(event: Event) -> None:
        if isinstance(event, TaskMoved) and event.task.state == "running":
            world.batch.end_job("demo-job", "MaxWallClockTimeExpiry")

    world.apply(program(["a"], finish=DELETE), seen=expire)

    assert ended(world) == ([], [])


def test_results_come_home_before_anything_goes(tmp_path: Path) -> None:
    world = World()
    world.blobs.containers["demo"] = {"outputs/demo-job/a/x": b"x"}
    downloads = (Download("a", "outputs/demo-job/a/", "a", exact=False),)

    events, report = world.apply(program(["a"], finish=DELETE, downloads=downloads), Options(results=tmp_path))

    assert report.downloads == (tmp_path / "a/x",)
    assert [type(event).__name__ for event in events[-4:]] == ["Downloaded", "Removing", "Removing", "Finished"]


def test_a_job_whose_results_could_not_be_written_stays_and_its_pool_does_not(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder would be")
    world = World()
    world.blobs.containers["demo"] = {"outputs/demo-job/a/x": b"x"}
    downloads = (Download("a", "outputs/demo-job/a/", "a", exact=False),)

    events, report = world.apply(program(["a"], finish=DELETE, downloads=downloads), Options(results=tmp_path / "out"))

    assert report.verdict is Verdict.UNCOLLECTED
    assert of(events, Kept) == [Kept("job", "demo-job", "its results are not all here")]
    assert ended(world) == ([], ["demo-job"])


def test_a_pool_stays_while_another_job_uses_it() -> None:
    world = World()
    other = job_of(program(["slow"], on_all_tasks_complete="noaction"))
    other.id = "other"
    world.batch.add_job(other)

    events, _ = world.apply(program(["a"], finish=DELETE))

    assert Kept("pool", "demo-pool", 'job "other" still uses it') in events
    assert ended(world) == (["demo-pool"], ["other"])


def test_a_pool_that_the_spec_only_names_is_not_touched() -> None:
    world = World()
    shared = pool_of(program([]))
    shared.id = "shared"
    world.batch.add_pool(shared)

    events, _ = world.apply(elsewhere(program(["a"], finish=DELETE)))

    assert of(events, Kept) == [Kept("pool", "shared", "this spec only uses it")]
    assert ended(world) == (["shared"], [])


def test_a_job_that_stays_active_does_not_hold_its_own_pool() -> None:
    world = World()

    world.apply(program(["a"], finish=Finish("delete"), on_all_tasks_complete="noaction"))

    assert ended(world) == ([], ["demo-job"])


def test_a_pool_that_nothing_could_be_submitted_to_is_cleaned_up_too() -> None:
    world = World()
    world.batch.refusals["a"] = Fault("InvalidPropertyValue", "Not valid.")

    _, report = world.apply(program(["a"], finish=DELETE))

    assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["BS702"])
    assert ended(world) == ([], [])


def test_a_refusal_of_what_is_there_touches_nothing() -> None:
    world = World()
    world.apply(program(["a"]))
    job = world.batch.jobs["demo-job"]
    job.view = replace(job.view, metadata={})

    _, report = world.apply(program(["a"], finish=DELETE))

    assert codes(report) == ["BS602"]
    assert ended(world) == (["demo-pool"], ["demo-job"])


@pytest.mark.parametrize("asked", [ZERO, Finish("delete")], ids=["scaled to zero", "deleted"])
def test_a_job_that_has_ended_tells_its_verdict_without_its_pool(asked: Finish) -> None:
    world = World()
    made = program(["a"], finish=asked, nodes=2)
    world.apply(made)
    world.clock.sleep(10.0)
    before = list(world.batch.log)

    _, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED
    assert world.batch.log == before


def test_without_on_finish_nothing_is_asked_at_all() -> None:
    world = World()

    assert list(finish(program(["a"]), world.batch, world.blobs, world.clock)) == []
    assert world.batch.faults.count == 0
