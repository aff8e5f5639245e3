"""on_finish: what becomes of pool and job when the work has ended, and that no verdict hangs on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from batchspec.compiler import ends
from batchspec.compiler.program import Download, Finish, Program
from batchspec.errors import Busy
from batchspec.ports import Fault
from batchspec.run import Options, Verdict, apply, finish
from batchspec.run.events import Armed, Event, Finished, Kept, PoolReady, PoolResizing, Removing, TaskMoved
from tests.support.fakes import Behaviour, Faults
from tests.support.programs import elsewhere, job_of, pool_of, program
from tests.support.world import World, codes, of

KEEP, ZERO, DELETE = Finish(), Finish("scale_to_zero"), Finish("delete", "delete")


def ended(world: World) -> tuple[list[str], list[str]]:
    """The pools and jobs that are left once all deleting is done."""
    world.clock.sleep(10.0)
    return list(world.batch.pools), list(world.batch.jobs)


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
    for event in apply(program(["a"], finish=DELETE), world.batch, world.blobs, world.clock):
        if isinstance(event, TaskMoved) and event.task.state == "running":
            world.batch.end_job("demo-job", "MaxWallClockTimeExpiry")

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


LATER = 'the next apply after its end or "batchspec destroy" deletes it'
GOING = "the job goes on; its nodes go by themselves when no task waits or runs"


@pytest.mark.parametrize(
    ("options", "verdict", "why"),
    [
        (Options(wait=False), Verdict.SUBMITTED, "nobody waits for the job"),
        (Options(timeout=5.0), Verdict.TIMED_OUT, "the job goes on"),
    ],
    ids=["nobody waits", "our patience ends"],
)
def test_while_the_job_goes_on_all_is_left_and_it_is_said_what_goes_by_itself(
    options: Options, verdict: Verdict, why: str
) -> None:
    world = World({"a": Behaviour(seconds=1e6)})

    events, report = world.apply(program(["a"], finish=DELETE, nodes=2), options)

    assert report.verdict is verdict
    assert of(events, Kept) == [
        Kept("job", "demo-job", f"{why}, and {LATER}"),
        Kept("pool", "demo-pool", f"{why}; its nodes go by themselves when no task waits or runs, and {LATER}"),
    ]
    assert ended(world) == (["demo-pool"], ["demo-job"])


def test_a_pool_that_does_not_end_by_itself_is_left_and_this_is_said() -> None:
    events, _ = World({"a": Behaviour(seconds=1e6)}).apply(program(["a"], finish=ZERO), Options(timeout=5.0))

    assert of(events, Kept) == [Kept("pool", "demo-pool", "the job goes on, so on_finish leaves it")]


HOUR = timedelta(hours=1)
UNWATCHED = {
    "kept": (KEEP, None, [2, 2, 2]),
    "scaled to zero": (ZERO, None, [2, 0, 0]),
    "deleted": (DELETE, None, [2, 0, 0]),
    "kept for a lifetime": (KEEP, 2 * HOUR, [2, 2, 0]),
    "scaled to zero, with a lifetime": (ZERO, 2 * HOUR, [2, 0, 0]),
}


@pytest.mark.parametrize(("asked", "lifetime", "left"), UNWATCHED.values(), ids=UNWATCHED)
def test_the_nodes_go_when_nobody_has_watched(asked: Finish, lifetime: timedelta | None, left: list[int]) -> None:
    world = World({"a": Behaviour(seconds=1800.0)})
    world.apply(program(["a"], finish=asked, nodes=2, lifetime=lifetime), Options(wait=False))

    found = []
    for seconds in (1700.0, 1900.0, 4200.0):
        world.clock.sleep(seconds)
        found.append(len(world.batch.pools["demo-pool"].nodes))

    assert found == left


def test_a_task_that_runs_at_the_end_of_the_lifetime_waits_and_the_watch_says_why() -> None:
    world = World({"a": Behaviour(seconds=1e6)})

    _, report = world.apply(program(["a"], nodes=2, lifetime=HOUR))

    assert report.verdict is Verdict.BLOCKED
    (found,) = (one for one in report.diagnostics if one.code == "BS805")
    assert found.message == 'pool "demo-pool" has no nodes any more: its lifetime is over'
    assert world.clock.time < 2 * HOUR.total_seconds()


def test_a_pool_that_gets_no_nodes_is_named_though_a_formula_asks_for_them() -> None:
    world = World()
    world.batch.resize_errors = (Fault("AccountCoreQuotaReached", "The core quota is used up."),)
    made = program(["a"], finish=ZERO, nodes=2)
    events: list[Event] = []
    for event in apply(made, world.batch, world.blobs, world.clock):
        world.batch.pools["demo-pool"].nodes.clear() if "demo-pool" in world.batch.pools else None
        events.append(event)

    assert "BS805" in codes(of(events, Finished)[0].report)


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


def test_a_clean_up_that_fails_is_a_warning_and_the_verdict_stays() -> None:
    class NoDeletes(Faults):
        off = False

        def guard(self, request: object) -> object:
            if self.off:
                raise Busy("the service is busy.")
            return request()  # type: ignore[operator]  # a function

    faults = NoDeletes()
    world = World(faults=faults)
    events: list[Event] = []
    for event in apply(program(["a"], finish=DELETE), world.batch, world.blobs, world.clock):
        faults.off = faults.off or (isinstance(event, TaskMoved) and event.task.state == "completed")
        events.append(event)

    report = of(events, Finished)[0].report
    assert report.verdict is Verdict.SUCCEEDED
    assert [(found.code, found.message, found.severity.value) for found in report.diagnostics] == [
        ("BS812", 'job "demo-job" could not be deleted: the service is busy', "warning"),
        ("BS812", 'pool "demo-pool" could not be deleted: the service is busy', "warning"),
    ]


def test_a_pool_whose_size_a_formula_gives_is_told_and_left() -> None:
    world = World()
    made = program(["a"], finish=ZERO)
    events: list[Event] = []
    for event in apply(made, world.batch, world.blobs, world.clock):
        if isinstance(event, Armed):
            pool = world.batch.pools["demo-pool"]
            pool.view = replace(pool.view, autoscale=True)
        events.append(event)

    report = of(events, Finished)[0].report
    assert report.verdict is Verdict.SUCCEEDED
    assert codes(report) == ["BS812"]


def test_a_pool_that_is_still_being_resized_is_stopped_and_scaled_to_zero() -> None:
    world = World()
    for event in apply(program(["a"], finish=ZERO, nodes=2), world.batch, world.blobs, world.clock):
        if isinstance(event, TaskMoved) and event.task.state == "completed":
            pool = world.batch.pools["demo-pool"]
            pool.view, pool.steady_at = replace(pool.view, allocation="resizing"), world.clock.time + 3600.0

    assert world.batch.log[-1] == "autoscale pool demo-pool"
    assert world.batch.pools["demo-pool"].view.target_nodes == 0
    assert world.clock.time < 60.0


def test_a_pool_that_does_not_take_its_formula_now_is_left_to_the_one_that_it_has() -> None:
    world = World()
    made = program(["a"], finish=ZERO, nodes=2)
    world.apply(made, Options(wait=False))
    world.clock.sleep(60.0)
    world.batch.pools["demo-pool"].formula_at = world.clock.time

    events = list(finish(made, world.batch, world.blobs, world.clock))

    reason = "its nodes go by themselves when no task has waited or run for 10 minutes"
    assert of(events, Kept) == [Kept("pool", "demo-pool", reason)]
    world.clock.sleep(1800.0)
    assert world.batch.pools["demo-pool"].nodes == []


def test_a_pool_of_fixed_nodes_is_given_the_formula_that_ends_it() -> None:
    world = World()
    world.apply(program(["a"], nodes=2))

    events = list(finish(program(["a"], finish=ZERO, nodes=2), world.batch, world.blobs, world.clock))

    assert of(events, PoolResizing) == [PoolResizing("demo-pool", 0)]
    assert world.batch.log[-1] == "autoscale pool demo-pool"


def test_the_next_apply_gives_a_pool_that_was_scaled_to_zero_its_nodes_again() -> None:
    world = World({"b": Behaviour(seconds=60.0)})
    world.apply(program(["a"], finish=ZERO, nodes=2))
    second = program(["b"], finish=ZERO, nodes=2)
    job_of(second).id = "second"

    events, report = world.apply(second)

    assert report.verdict is Verdict.SUCCEEDED
    assert of(events, PoolReady) == [PoolReady("demo-pool", created=False)]
    assert of(events, PoolResizing) == [PoolResizing("demo-pool", 2), PoolResizing("demo-pool", 0)]
    assert world.batch.log.count("add pool demo-pool") == 1


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


def interrupted(world: World, made: Program) -> list[Event]:
    """What is told when the watch is interrupted once a task runs."""
    steps = apply(made, world.batch, world.blobs, world.clock)
    for event in steps:
        if isinstance(event, TaskMoved):
            break
    steps.close()
    return list(finish(made, world.batch, world.blobs, world.clock))


def test_whoever_stops_watching_can_have_it_done() -> None:
    world = World({"a": Behaviour(seconds=1e6)})

    events = interrupted(world, program(["a"], finish=DELETE))

    assert of(events, Removing) == [Removing("job", "demo-job"), Removing("pool", "demo-pool")]
    assert ended(world) == ([], [])


@pytest.mark.parametrize(
    ("asked", "words"),
    [(ZERO, GOING), (Finish("delete"), f"{GOING}, and {LATER}")],
    ids=["scaled to zero", "deleted"],
)
def test_an_interrupt_takes_no_nodes_from_under_a_job_that_goes_on(asked: Finish, words: str) -> None:
    world = World({"a": Behaviour(seconds=600.0)})

    events = interrupted(world, program(["a"], finish=asked, nodes=2))

    assert events == [Kept("pool", "demo-pool", words)]
    world.clock.sleep(500.0)
    assert len(world.batch.pools["demo-pool"].nodes) == 2
    world.clock.sleep(1500.0)
    assert world.batch.pools["demo-pool"].nodes == []
    assert world.batch.jobs["demo-job"].view.state == "completed"


def test_an_interrupt_after_the_job_has_ended_does_what_on_finish_asks_for() -> None:
    world = World()
    made = program(["a"], finish=Finish("delete"), nodes=2)
    world.apply(made, Options(wait=False))
    world.clock.sleep(60.0)

    events = list(finish(made, world.batch, world.blobs, world.clock))

    assert of(events, Removing) == [Removing("pool", "demo-pool")]


def test_a_job_that_was_interrupted_is_taken_up_again_by_a_pool_without_nodes() -> None:
    world = World({"a": Behaviour(seconds=30.0)})
    made = program(["a"], finish=ZERO, nodes=2)
    interrupted(world, made)
    world.clock.sleep(10.0)
    pool = world.batch.pools["demo-pool"]
    live = str(pool.view.body["autoScaleFormula"])
    world.batch.enable_autoscale("demo-pool", ends.asleep(live, world.clock.now()))
    world.clock.sleep(60.0)
    assert pool.nodes == []

    _, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED
    assert world.batch.log.count("add job demo-job") == 1
    assert world.clock.time < 300.0


def test_without_on_finish_nothing_is_asked_at_all() -> None:
    world = World()

    assert list(finish(program(["a"]), world.batch, world.blobs, world.clock)) == []
    assert world.batch.faults.count == 0


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_a_pool_that_ends_by_itself_is_scaled_to_zero(kind: str) -> None:
    k = 0
    while True:
        k += 1
        world = World()
        made = program(["a"], finish=ZERO, nodes=2)
        world.apply(made, Options(wait=False))
        world.clock.sleep(60.0)
        world.batch.faults = faults = Faults(k, kind)

        events = list(finish(made, world.batch, world.blobs, world.clock))

        assert all(type(event).__name__ != "Found" for event in events), k
        assert world.batch.pools["demo-pool"].view.target_nodes == 0, k
        assert world.batch.log.count("autoscale pool demo-pool") == 1, k
        if not faults.hit:
            return


@pytest.mark.parametrize("kind", Faults.KINDS)
@pytest.mark.parametrize("asked", [ZERO, DELETE], ids=["scale to zero", "delete"])
def test_whichever_request_of_a_clean_up_fails_it_is_done_all_the_same(asked: Finish, kind: str) -> None:
    k = 0
    while True:
        k += 1
        world = World()
        made = program(["a"], finish=KEEP, nodes=2)
        world.apply(made)
        world.batch.faults = faults = Faults(k, kind)

        events = list(finish(replace(made, finish=asked), world.batch, world.blobs, world.clock))

        assert all(type(event).__name__ != "Found" for event in events), k
        assert world.batch.log.count("resize pool demo-pool 0 0") == (asked is ZERO)
        assert ended(world) == ((["demo-pool"], ["demo-job"]) if asked is ZERO else ([], []))
        if not faults.hit:
            return
