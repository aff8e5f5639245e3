"""Somebody deletes a task of a live job and adds another by hand, over the wire: neither stands in for the other."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from azure.batch.models import TaskAddParameter

from tests.faults.scene import Case

TASKS = ("first", "last", "many-0", "many-1", "many-2", "many-3")


def by_hand(case: Case) -> None:
    """A task that waits goes, another comes."""
    client = case.of.client
    client.task.delete(case.job_id, "many-3")
    client.task.add(case.job_id, TaskAddParameter(id="other", command_line="/bin/true"))


def under_way(case: Case) -> None:
    case.given["gate"] = str(case.gate)
    assert case.apply("--no-wait").code == 0
    case.await_running("first")


def test_the_next_plan_names_both_and_the_next_apply_mends_it(case: Case) -> None:
    under_way(case)
    by_hand(case)

    plan = case.of.commands.run("plan", "spec.yaml", *case.parameters(), environ=case.of.environ)
    mended = case.apply("--yes", "--no-wait")
    case.gate.touch()
    again = case.apply()

    assert mended.code == 0, mended.output
    assert "delete 1 task of job" in plan.output
    assert ': "other"' in plan.output
    assert ': "many-3"' in plan.output
    assert again.code == 0, again.output
    case.check(*TASKS)


def polls(case: Case) -> int:
    """How often it was asked how many tasks are in each state: once for the plan, and then by the watch."""
    return sum(request.path.endswith("/taskcounts") for request in tuple(case.of.proxy.log))


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.02)


@pytest.mark.parametrize("instead", [True, False], ids=["another comes", "none comes"])
def test_a_watch_that_ends_without_a_task_of_the_spec_is_no_success(case: Case, *, instead: bool) -> None:
    under_way(case)
    case.of.proxy.judge()
    watching = case.start()
    until(lambda: polls(case) > 3)
    if instead:
        by_hand(case)
    else:
        case.of.client.task.delete(case.job_id, "many-3")
    case.gate.touch()

    ended = watching.wait()

    assert ended.code == 5, ended.output
    assert 'does not hold task "many-3" of the spec' in ended.output.replace("\n", " ")
