"""A job that is paused for another pool goes on, wherever that was interrupted and whatever is applied then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from batchspec.errors import Busy, Refused, ServiceError
from batchspec.planning import Action, Plan
from batchspec.ports import DRAINED_KEY, REMOVED_KEY, TASKS_KEY
from batchspec.run import Verdict, apply
from batchspec.run.events import Draining, Event, Kept, Updated, Waiting
from batchspec.run.look import plan_of
from tests.support.fakes import Behaviour, Faults
from tests.support.moving import BASE, LARGER, MOVED, TASKS, YES
from tests.support.project import Project
from tests.support.world import World, codes, of

LONG = dict.fromkeys(TASKS, Behaviour(seconds=6.0))


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


def state(world: World) -> str:
    return world.batch.jobs["j"].view.state


def put(world: World, state: str) -> None:
    """The job in another state."""
    job = world.batch.jobs["j"]
    job.view = replace(job.view, state=state)


def enabled_by_somebody(world: World, monkeypatch: pytest.MonkeyPatch, times: int) -> list[str]:
    """The requests to disable the job; the first so many are undone at once."""
    disable, asked = world.batch.disable_job, list[str]()

    def and_enabled(job_id: str, running: str) -> None:
        disable(job_id, running)
        asked.append(job_id)
        if len(asked) <= times:
            put(world, "active")

    monkeypatch.setattr(world.batch, "disable_job", and_enabled)
    return asked


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


@pytest.mark.parametrize("change", [MOVED, LARGER], ids=["another id", "another size"])
def test_a_job_that_is_just_being_enabled_is_asked_to_pause_once_it_is(project: Project, change: str) -> None:
    world = running(project)
    put(world, "enabling")
    world.clock.listeners.append(lambda: put(world, "active") if state(world) == "enabling" else None)

    _, report = world.apply(project.program(change), YES)

    assert report.verdict is Verdict.SUBMITTED
    assert state(world) == "active"
    assert planned(world, project, change).empty


def test_a_job_that_somebody_enables_while_it_is_paused_is_paused_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = running(project)
    asked = enabled_by_somebody(world, monkeypatch, times=2)

    _, report = world.apply(project.program(LARGER), YES)

    assert (len(asked), report.verdict) == (3, Verdict.SUBMITTED)
    assert world.batch.pools["p"].view.body["vmSize"] == "Standard_D4s_v5"


def test_a_job_that_somebody_enables_over_and_over_is_an_error_and_its_pool_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = running(project)
    asked = enabled_by_somebody(world, monkeypatch, times=100)

    with pytest.raises(Busy, match='job "j" is active again each time that it is disabled'):
        world.apply(project.program(LARGER), YES)

    assert len(asked) == 5
    assert world.batch.pools["p"].view.body["vmSize"] == "Standard_D2s_v5"


def test_a_job_that_somebody_disables_over_and_over_is_not_said_to_go_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = running(project)
    world.batch.disable_job("j", "requeue")
    enable = world.batch.enable_job

    def and_disabled(job_id: str) -> None:
        enable(job_id)
        put(world, "disabled")

    monkeypatch.setattr(world.batch, "enable_job", and_disabled)

    with pytest.raises(Busy, match='job "j" is disabled again each time that it is enabled'):
        world.apply(project.program(BASE), YES)


def test_no_pool_is_made_for_a_job_that_somebody_deletes_while_it_is_paused(project: Project) -> None:
    world = running(project)

    def seen(event: Event) -> None:
        if isinstance(event, Draining):
            world.batch.jobs.clear()
            world.batch.pools.clear()

    _, report = world.apply(project.program(LARGER), YES, seen=seen)

    assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["BS807"])
    assert not world.batch.pools


def test_a_job_that_was_paused_for_what_the_service_refuses_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = running(project)
    patch = world.batch.patch_job

    def refused(job_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        if "poolInfo" in changes:
            raise Refused("no such pool", code="InvalidPropertyValue", status=400)
        patch(job_id, changes, etag)

    monkeypatch.setattr(world.batch, "patch_job", refused)

    _, report = world.apply(project.program(MOVED), YES)

    assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["BS701"])
    view = world.batch.jobs["j"].view
    assert (view.state, view.pool_id, DRAINED_KEY in view.metadata) == ("active", "p", False)


def test_a_job_whose_enabling_was_not_told_of_only_loses_its_mark(project: Project) -> None:
    world = running(project)
    interrupted(world, project, LARGER)
    world.clock.sleep(20.0)
    world.batch.enable_job("j")

    events, _ = world.apply(project.program(BASE), YES)

    assert [event.what for event in of(events, Updated)] == ["it is no longer noted as paused"]
    assert DRAINED_KEY not in world.batch.jobs["j"].view.metadata


MORE = BASE + "  - {id: t9, command: /bin/true}\n"
FEWER = BASE.replace("  - {id: t8, command: /bin/true}\n", "")
RACES = {
    "a pause and a task's removal": (LARGER, DRAINED_KEY, REMOVED_KEY),
    "a task's removal and a pause": (FEWER, REMOVED_KEY, DRAINED_KEY),
    "new marks and a task's removal": (MORE, TASKS_KEY, REMOVED_KEY),
}


@pytest.mark.parametrize("race", RACES)
def test_what_others_note_on_a_job_between_a_look_and_our_own_note_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch, race: str
) -> None:
    change, ours, theirs = RACES[race]
    world = running(project)
    patch, noted = world.batch.patch_job, list[str]()

    def and_another(job_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        names = {item["name"] for item in changes.get("metadata", ())}
        if ours in names and not noted:
            noted.append(theirs)
            live = {**world.batch.jobs["j"].view.metadata, theirs: "another"}
            patch(job_id, {"metadata": [{"name": name, "value": text} for name, text in live.items()]})
        patch(job_id, changes, etag)

    monkeypatch.setattr(world.batch, "patch_job", and_another)
    events = apply(project.program(change), world.batch, world.blobs, world.clock, YES)
    for _ in events:
        if noted and world.batch.jobs["j"].view.metadata.get(ours):
            break
    events.close()

    assert world.batch.jobs["j"].view.metadata.items() >= {(theirs, "another")}


QUICKER = BASE.replace("job: {id: j}", "job: {id: j, priority: 7}")


@pytest.mark.parametrize("change", [QUICKER, MOVED], ids=["a field", "its pool"])
def test_a_job_that_completes_before_it_is_changed_is_not_said_to_have_changed(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    world = running(project)
    patch = world.batch.patch_job

    def too_late(job_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        if "metadata" not in changes:
            world.batch.end_job(job_id, "UserTerminate")
        patch(job_id, changes, etag)

    monkeypatch.setattr(world.batch, "patch_job", too_late)
    events, _ = world.apply(project.program(change), YES)

    assert of(events, Updated) == []
    assert Kept("job", "j", "it has completed meanwhile, and nothing of it changes any more") in events
