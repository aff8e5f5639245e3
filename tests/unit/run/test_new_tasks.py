"""Tasks that a spec adds to a job which is armed: it ends once it has none left to run, though it is paused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from batchspec.errors import Conflict, NotFound
from batchspec.ports import DRAINED_KEY, AddResult
from batchspec.run import Verdict
from tests.support.fakes import Behaviour
from tests.support.moving import BASE, LARGER, MOVED, TASKS, YES
from tests.support.project import Project
from tests.support.world import World, codes

NEW = "  - {id: new, command: /bin/true}\n"
FEW = BASE.partition("  - {id: t4,")[0]  # the four that run at once


def running(project: Project, text: str = FEW) -> World:
    world = World(dict.fromkeys(TASKS, Behaviour(seconds=20.0)))
    world.apply(project.program(text), YES)
    world.clock.sleep(5.0)
    return world


def moved(text: str, change: str) -> str:
    return change.partition("tasks:\n")[0] + "tasks:\n" + text.partition("tasks:\n")[2]


@pytest.mark.parametrize("change", [MOVED, LARGER], ids=["another id", "another size"])
def test_they_are_there_before_the_last_one_ends_in_the_old_pool_and_run_in_the_new_one(
    project: Project, change: str
) -> None:
    world = running(project)
    began: list[tuple[str, str]] = []

    def see() -> None:
        task = world.batch.jobs["j"].tasks.get("new")
        if task is not None and task.view.state == "running" and not began:
            pool_id = world.batch.jobs["j"].view.pool_id
            began.append((pool_id, world.batch.pools[pool_id].view.body["vmSize"]))

    world.clock.listeners.append(see)

    _, report = world.apply(project.program(moved(FEW + NEW, change)), replace(YES, wait=True))

    assert (report.verdict, codes(report)) == (Verdict.SUCCEEDED, [])
    assert report.counts.succeeded == 5
    assert began == [("q", "Standard_D2s_v5") if change is MOVED else ("p", "Standard_D4s_v5")]
    assert DRAINED_KEY not in world.batch.jobs["j"].view.metadata


def test_a_job_that_is_disabled_by_hand_takes_them(project: Project) -> None:
    world = running(project)
    world.batch.disable_job("j", "requeue")

    _, report = world.apply(project.program(FEW + NEW), replace(YES, wait=True))

    assert (report.verdict, report.counts.succeeded) == (Verdict.SUCCEEDED, 5)


@pytest.mark.parametrize("change", [BASE, MOVED, LARGER], ids=["disabled by hand", "another id", "another size"])
def test_where_a_disabled_job_takes_none_they_come_once_it_is_enabled(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    text = FEW + "  - {id: t4, command: /bin/true}\n  - {id: t5, command: /bin/true}\n"  # some have still to run
    world = running(project, text)
    add = world.batch.add_tasks

    def only_while_enabled(job_id: str, tasks: Iterable[Any]) -> list[AddResult]:
        if world.batch.jobs[job_id].view.state != "active":
            raise Conflict("disabled", code="JobDisabled", status=409)
        return add(job_id, tasks)

    monkeypatch.setattr(world.batch, "add_tasks", only_while_enabled)
    if change is BASE:
        world.batch.disable_job("j", "wait")

    _, report = world.apply(project.program(moved(text + NEW, change)), replace(YES, wait=True))

    assert (report.verdict, codes(report), report.counts.succeeded) == (Verdict.SUCCEEDED, [], 7)
    assert DRAINED_KEY not in world.batch.jobs["j"].view.metadata


def test_one_that_is_lost_is_not_made_up_for_by_one_that_goes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = running(project)
    monkeypatch.setattr(world.batch, "add_tasks", lost)

    _, report = world.apply(project.program(FEW.replace("id: t3", "id: new")), YES)

    assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["BS703"])


def lost(_job_id: str, tasks: Iterable[Any]) -> list[AddResult]:
    return [AddResult(task.id, "success") for task in tasks]


def test_a_job_that_is_deleted_while_it_is_changed_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    world = running(project)

    def gone(*_: Any) -> None:
        world.batch.jobs.clear()
        raise NotFound("gone", code="JobNotFound", status=404)

    monkeypatch.setattr(world.batch, "patch_job", gone)

    _, report = world.apply(project.program(FEW.replace("{id: j}", "{id: j, priority: 5}")), YES)

    assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["BS701"])
