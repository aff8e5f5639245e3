"""A live job whose pool is given another id, or another size: `apply` is killed at every request on the way.

Whatever is applied then, the same spec or the one before, finishes the work: the job is paused for nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest
from azure.batch.models import BatchErrorException

from tests.faults.judges import after, before
from tests.faults.proxy import Judge, Request
from tests.faults.scene import Case, Scene

TASKS = ("first", "last", "many-0", "many-1", "many-2", "many-3")
OTHER = {"another id": {"pool": "x"}, "another size": {"vm_size": "Standard_D4s_v5"}}
NOW = ("--yes", "--force", "--no-wait")


def under_way(case: Case) -> None:
    """The spec is applied, and its first task runs until there is the gate."""
    case.given["gate"] = str(case.gate)
    assert case.apply("--no-wait").code == 0
    case.await_running("first")


def finished(case: Case) -> None:
    """The job is there as the spec says, on its pool, and runs to its end, or has: each task once."""
    job = case.of.client.job.get(case.job_id)
    assert job.state == "active" or (case.gate.exists() and job.state in ("terminating", "completed"))
    assert job.pool_info.pool_id == case.pool_id
    assert not [item for item in job.metadata if item.name == "batchspec:drained"]
    case.gate.touch()
    ended = case.apply()
    assert ended.code == 0, ended.output
    alone(case)
    case.check(*TASKS, starts=case.starts())


def alone(case: Case) -> None:
    """A spec's pool of another id stays where it is; here it is taken away, so that only one is left to check."""
    for pool in [pool.id for pool in case.of.client.pool.list() if case.n in pool.id and pool.id != case.pool_id]:
        with suppress(BatchErrorException):
            case.of.client.pool.delete(pool)
        until = time.monotonic() + 20
        while pool in [one.id for one in case.of.client.pool.list()]:
            assert time.monotonic() < until, "it does not go"
            time.sleep(0.02)


@pytest.mark.timeout(140)
@pytest.mark.parametrize(("kill", "least"), [(before, 12), (after, 4)], ids=["before", "unanswered"])
def test_a_move_to_another_pool_that_is_killed_at_any_request_is_finished_by_the_next(
    the_scene: Scene, kill: Callable[[int], Judge], least: int
) -> None:
    for k in count(1):
        with the_scene.case() as case:
            under_way(case)
            case.given |= OTHER["another id"]

            killed = case.killed(kill(k), *NOW)

            again = case.apply(*NOW)
            assert again.code == 0, (k, again.output)
            finished(case)
        if not killed:
            assert k > least
            return


@pytest.mark.timeout(140)
@pytest.mark.parametrize("change", OTHER)
def test_the_old_spec_lets_the_job_go_on_wherever_the_apply_of_another_pool_was_killed(
    the_scene: Scene, change: str
) -> None:
    for k in count(1):
        with the_scene.case() as case:
            under_way(case)
            old = dict(case.given)
            case.given |= OTHER[change]

            killed = case.killed(after(k), *NOW)

            case.given = old
            again = case.apply(*NOW)
            assert again.code == 0, (k, again.output)
            finished(case)
        if not killed:
            assert k > 4
            return


@pytest.mark.parametrize("change", OTHER)
def test_the_old_spec_is_told_of_the_pause_and_waits_for_its_end(case: Case, change: str) -> None:
    under_way(case)
    old = dict(case.given)
    case.given |= OTHER[change]
    assert case.killed(lambda request: "kill after" if draining(request) else None, "--yes")
    assert case.of.client.job.get(case.job_id).state == "disabling"
    case.given = old
    case.of.proxy.judge()

    plan = case.of.commands.run("plan", "spec.yaml", *case.parameters(), environ=case.of.environ)
    again = case.start("--no-wait")
    case.gate.touch()
    ended = again.wait()

    assert "it is paused for another pool by an apply that has not finished, and is enabled" in plan.output
    assert (ended.code, "enabled again" in ended.output) == (0, True), ended.output
    last = case.apply()
    assert last.code == 0, last.output
    alone(case)
    case.check(*TASKS, starts=case.starts())


@pytest.mark.parametrize("back", [False, True], ids=["again", "the old spec"])
@pytest.mark.parametrize("change", OTHER)
def test_an_apply_that_is_out_of_time_names_what_runs_and_the_next_goes_on(
    case: Case, change: str, *, back: bool
) -> None:
    under_way(case)
    old = dict(case.given)
    case.given |= OTHER[change]

    late = case.apply("--yes", "--no-wait", "--timeout", "60s", hasty=True)

    assert late.code == 6, late.output
    why = f'time is up: job "{case.job_id}" is disabling, with 1 task ("first") still running'
    assert f"error[BS816] {why}" in late.output
    assert "still running: first" in late.output
    assert case.of.client.job.get(case.job_id).state == "disabling"
    case.given = old if back else case.given
    again = case.start("--yes", "--no-wait")
    case.gate.touch()
    ended = again.wait()
    assert ended.code == 0, ended.output
    finished(case)


def draining(request: Request) -> bool:
    """The second look at how many tasks still run, after the one of the plan."""
    return request.path.endswith("/taskcounts") and request.occurrence == 3
