"""A job that is paused for another pool goes on, wherever that was interrupted and whatever is applied then."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from batchspec.errors import ServiceError
from batchspec.planning import Action, Plan
from batchspec.ports import DRAINED_KEY
from batchspec.run import Options, Verdict, apply
from batchspec.run.events import Draining, Updated, Waiting
from batchspec.run.look import plan_of
from tests.support.fakes import Behaviour, Faults
from tests.support.project import Project
from tests.support.world import World, codes, of

TASKS = [f"t{at}" for at in range(9)]
BASE = """\
batchspec: v1
name: demo
pool: {id: p, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 2}, task_slots_per_node: 2}
job: {id: j}
tasks:
""" + "".join(f"  - {{id: {task_id}, command: /bin/true}}\n" for task_id in TASKS)
MOVED, LARGER = BASE.replace("id: p,", "id: q,"), BASE.replace("D2s", "D4s")
LONG = dict.fromkeys(TASKS, Behaviour(seconds=6.0))
YES = Options(agree=lambda _plan: True, wait=False)


class Killed(BaseException):
    """The process is gone."""


class Kill(Faults):
    """At the k-th request: before the service has seen it, or after it was carried out."""

    def guard(self, request: Callable[[], Any]) -> Any:
        self.count += 1
        if self.count != self.k:
            return request()
        if self.kind == "after":
            with suppress(ServiceError):
                request()
        raise Killed


def running(project: Project, text: str = BASE) -> World:
    """A world in which the spec has been applied, and its first tasks run."""
    world = World(LONG)
    world.apply(project.program(text), YES)
    world.clock.sleep(5.0)
    return world


def planned(world: World, project: Project, text: str) -> Plan:
    return plan_of(project.program(text), world.batch, world.blobs, world.clock)


def killed(world: World, project: Project, text: str, k: int, kind: str) -> bool:
    """An apply that dies at its k-th request; whether it made so many."""
    world.batch.faults = Kill(k, kind)
    try:
        world.apply(project.program(text), YES)
    except Killed:
        return True
    finally:
        world.batch.faults = Faults()
    return False


def interrupted(world: World, project: Project, text: str) -> None:
    """An apply that is interrupted as soon as it says that the job is paused."""
    events = apply(project.program(text), world.batch, world.blobs, world.clock, YES)
    assert any(isinstance(event, Draining) for event in events)
    events.close()


@pytest.mark.parametrize("kind", ["before", "after"])
@pytest.mark.parametrize("change", [MOVED, LARGER], ids=["another id", "another size"])
@pytest.mark.parametrize("back", [False, True], ids=["again", "the old spec"])
def test_a_job_that_waits_for_another_pool_goes_on_after_a_kill_anywhere(
    project: Project, change: str, kind: str, *, back: bool
) -> None:
    for k in count(1):
        world = running(project)
        done = not killed(world, project, change, k, kind)
        then = BASE if back else change

        _, report = world.apply(project.program(then), YES)

        assert report.verdict is Verdict.SUBMITTED, (k, codes(report))
        view = world.batch.jobs["j"].view
        assert (view.state, view.pool_id) == ("active", "q" if then is MOVED else "p"), k
        assert DRAINED_KEY not in view.metadata, k
        assert planned(world, project, then).empty, k
        _, report = world.apply(project.program(then))
        assert report.verdict is Verdict.SUCCEEDED, (k, codes(report))
        if done:
            assert k > 8
            return


@pytest.mark.parametrize("change", [MOVED, LARGER], ids=["another id", "another size"])
def test_the_plan_tells_of_a_pause_that_nobody_ended(project: Project, change: str) -> None:
    world = running(project)
    interrupted(world, project, change)
    assert world.batch.jobs["j"].view.state == "disabling"

    found = planned(world, project, BASE).of("job")

    why = "it is paused for another pool by an apply that has not finished, and is enabled"
    assert found is not None
    assert (found.action, found.reasons) == (Action.UPDATE, (why,))


def test_an_apply_that_does_not_watch_waits_until_the_job_goes_on_and_says_so(project: Project) -> None:
    world = running(project)
    interrupted(world, project, LARGER)

    events, report = world.apply(project.program(BASE), YES)

    assert world.batch.jobs["j"].view.state == "active"
    told = next(event for event in of(events, Waiting))
    assert (told.what, told.reason) == ("enable job j", "it is not disabled yet; 4 tasks still running")
    assert of(events, Updated)[0] == Updated("job", "j", "enabled again")
    assert report.verdict is Verdict.SUBMITTED


@pytest.mark.parametrize("state", ["disabled", "disabling"])
def test_a_job_that_was_disabled_by_hand_is_a_change_and_is_enabled(project: Project, state: str) -> None:
    world = running(project)
    world.batch.disable_job("j", "requeue" if state == "disabled" else "wait")
    assert world.batch.jobs["j"].view.state == state

    found = planned(world, project, BASE).of("job")
    events, _ = world.apply(project.program(BASE), YES)

    assert found is not None
    assert (found.action, found.reasons) == (Action.UPDATE, ("it is disabled, and is enabled",))
    assert [event.what for event in of(events, Updated)] == ["enabled again"]
    assert world.batch.jobs["j"].view.state == "active"
    assert planned(world, project, BASE).empty


def test_a_job_that_was_disabled_by_hand_moves_and_is_enabled(project: Project, tmp_path: Path) -> None:
    world = running(project)
    world.batch.disable_job("j", "requeue")

    _, report = world.apply(project.program(MOVED), replace(YES, wait=True, results=tmp_path))

    assert report.verdict is Verdict.SUCCEEDED
    assert world.batch.jobs["j"].view.pool_id == "q"


def test_a_job_that_was_disabled_by_hand_has_its_pool_replaced_and_is_enabled(project: Project, tmp_path: Path) -> None:
    world = running(project)
    world.batch.disable_job("j", "requeue")

    _, report = world.apply(project.program(LARGER), replace(YES, wait=True, results=tmp_path))

    assert report.verdict is Verdict.SUCCEEDED
