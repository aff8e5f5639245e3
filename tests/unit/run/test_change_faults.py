"""The k-th request of an apply that changes what is live fails, for every k and in every way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from azure.batch.models import MetadataItem, StartTask

from batchspec.compiler.program import Program
from batchspec.errors import Conflict, ExitCode
from batchspec.ports import DRAINED_KEY, TASKS_KEY, AddResult, Body
from batchspec.run import Options, Verdict, apply
from batchspec.run.events import Draining
from batchspec.run.look import plan_of
from batchspec.run.why.gather import why
from tests.support.fakes import Behaviour, Faults
from tests.support.programs import job_of, pool_of, program
from tests.support.world import World, codes, of

TASKS = ("a", "b", "c")
SLOW = dict.fromkeys(TASKS, Behaviour(seconds=6))  # the job is not over before it is changed


def changed(tasks: tuple[str, ...] = TASKS) -> Program:
    """What the spec has become; its marks are not those of before."""
    made = program(tasks, fingerprint="f2")
    job_of(made).metadata.append(MetadataItem(name=TASKS_KEY, value="t2"))
    return made


def updated() -> Program:
    made = changed(("a", "c", "d", "e"))
    job_of(made).priority = 7
    return made


def on_another_pool() -> Program:
    made = changed()
    pool_of(made).vm_size = "standard_d4s_v5"
    return made


def with_another_task() -> Program:
    made = changed()
    made.tasks[1].body.command_line = "/bin/false"
    return made


CHANGES: dict[str, Callable[[], Program]] = {
    "the job is updated": updated,
    "the pool is replaced": on_another_pool,
    "the job is replaced": with_another_task,
}


@pytest.mark.parametrize("kind", Faults.KINDS)
@pytest.mark.parametrize("change", CHANGES)
def test_whichever_request_of_a_change_fails_it_is_made_once(tmp_path: Path, change: str, kind: str) -> None:
    for k in count(1):
        world, wanted = World(SLOW), CHANGES[change]()
        world.apply(program(TASKS), Options(results=tmp_path, wait=False))
        world.blobs.containers["demo"] = {"outputs/demo-job/tasks/b/old": b"of before"}
        faults = Faults(k, kind)
        world.batch.faults = world.blobs.faults = faults

        _, report = world.apply(wanted, Options(results=tmp_path, agree=lambda _plan: True))

        assert report.verdict is Verdict.SUCCEEDED, (k, codes(report))
        world.batch.faults = world.blobs.faults = Faults()
        assert plan_of(wanted, world.batch, world.blobs, world.clock).empty, k
        assert sorted(world.batch.jobs["demo-job"].order) == sorted(wanted.task_ids), k
        assert len(world.batch.pools) == len(world.batch.jobs) == 1
        assert world.batch.log.count("add pool demo-pool") == 1 + (change == "the pool is replaced"), k
        assert world.batch.log.count("add job demo-job") == 1 + (change == "the job is replaced"), k
        assert bool(world.blobs.containers["demo"]) == (change != "the job is replaced"), k
        if not faults.hit:
            assert k > 8
            return


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_a_node_gets_the_mended_start_task(kind: str) -> None:
    for k in count(1):
        world, wanted = World(SLOW, nodes=3), changed()
        pool_of(wanted).start_task = StartTask(command_line="/bin/true")
        world.apply(program(TASKS), Options(wait=False))
        world.clock.sleep(1.0)
        nodes = world.batch.pools["demo-pool"].nodes
        nodes[2] = replace(nodes[2], state="starttaskfailed")
        world.batch.faults = world.blobs.faults = faults = Faults(k, kind)

        world.apply(wanted, Options(wait=False))

        world.batch.faults = world.blobs.faults = Faults()
        assert world.batch.log.count("reboot node demo-pool/node-2") >= 1, k
        assert plan_of(wanted, world.batch, world.blobs, world.clock).empty, k
        if not faults.hit:
            assert k > 5
            return


def elsewhere_now() -> Program:
    made = changed()
    pool_of(made).id = job_of(made).pool_info.pool_id = "other-pool"
    return made


def test_a_job_that_moves_tells_from_which_pool_it_is_drained_and_for_which() -> None:
    world = World(SLOW)
    world.apply(program(TASKS), Options(wait=False))
    world.clock.sleep(1.0)

    events, report = world.apply(elsewhere_now())

    told = of(events, Draining)
    assert {(one.job_id, one.pool_id, one.to) for one in told} == {("demo-job", "demo-pool", "other-pool")}
    assert report.verdict is Verdict.SUCCEEDED


def test_a_job_whose_move_was_cut_short_is_moved_by_the_next_apply_and_goes_on() -> None:
    world, wanted = World(SLOW, nodes=1, slots=1), elsewhere_now()
    world.apply(program(TASKS), Options(wait=False))
    world.clock.sleep(1.0)
    for event in (events := apply(wanted, world.batch, world.blobs, world.clock)):
        if isinstance(event, Draining):
            events.close()
            break
    (reason,) = why(wanted, world.batch, world.blobs, world.clock)[:1]

    _, report = world.apply(wanted)

    assert 'is paused to move from pool "demo-pool" to pool "other-pool"' in reason.text
    assert report.verdict is Verdict.SUCCEEDED
    assert world.batch.jobs["demo-job"].view.pool_id == "other-pool"
    assert DRAINED_KEY not in world.batch.jobs["demo-job"].view.metadata


@pytest.mark.parametrize("some", [False, True], ids=["before its first task", "before the tasks that were added since"])
def test_of_a_job_that_ends_while_its_tasks_are_added_the_reason_is_told(
    some: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, wanted = World(SLOW), program([*TASKS, "late"]) if some else program(TASKS)
    if some:
        world.apply(program(TASKS), Options(wait=False))
    add = world.batch.add_tasks

    def ended(job_id: str, tasks: Iterable[Body]) -> list[AddResult]:
        with suppress(Conflict):
            world.batch.terminate_job(job_id, "JMComplete")
        return add(job_id, tasks)

    monkeypatch.setattr(world.batch, "add_tasks", ended)

    _, report = world.apply(wanted)

    assert "BS807" in codes(report)
    assert "was ended with its job manager task" in report.diagnostics[0].message
    assert report.exit_code is ExitCode.TASKS_FAILED
