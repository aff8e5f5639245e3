"""`batchspec apply` is killed with SIGKILL at every request of a run in turn, and the next apply finishes the work.

An apply that changes what is live is killed after each request that may change something: between two of them the
service stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest

from tests.faults.judges import after, before
from tests.faults.proxy import Judge, Request
from tests.faults.scene import Case, Scene

TASKS = ("first", "last", "many-0", "many-1", "many-2", "many-3")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("kill", "least"), [(before, 20), (after, 8)], ids=["before", "unanswered"])
def test_an_apply_that_is_killed_at_any_request_is_finished_by_the_next(
    the_scene: Scene, kill: Callable[[int], Judge], least: int
) -> None:
    for k in count(1):
        with the_scene.case() as case:
            killed = case.killed(kill(k))

            again = case.apply()

            assert again.code == 0, (k, again.output)
            case.check(*TASKS)
        if not killed:
            assert k > least
            return


def test_an_apply_that_is_killed_again_and_again_comes_to_an_end(case: Case) -> None:
    k = 1
    while case.killed(after(k)):
        k += 1

    case.check(*TASKS)


def test_what_has_run_is_told_and_not_done_again(case: Case) -> None:
    assert case.apply().code == 0

    again = case.apply()

    assert again.code == 0
    assert "it has completed" in again.output
    assert "no changes" in again.output
    case.check(*TASKS)


@pytest.mark.timeout(120)
def test_an_update_of_a_live_job_that_is_killed_anywhere_is_finished_by_the_next(the_scene: Scene) -> None:
    for k in count(1):
        with the_scene.case() as case:
            case.given["gate"] = str(case.gate)
            assert case.apply("--no-wait").code == 0
            case.given |= {"many": "5", "first": "1", "priority": "7"}

            killed = case.killed(after(k), "--no-wait", "--yes")

            again = case.apply("--no-wait", "--yes")
            assert again.code == 0, (k, again.output)
            case.check_settled()
            case.gate.touch()
            assert case.apply().code == 0
            assert the_scene.client.job.get(case.job_id).priority == 7
            case.check("first", "last", "many-1", "many-2", "many-3", "many-4")
        if not killed:
            assert k > 5
            return


@pytest.mark.timeout(120)
def test_the_replacement_of_a_pool_that_is_killed_anywhere_is_finished_by_the_next(the_scene: Scene) -> None:
    for k in count(1):
        with the_scene.case() as case:
            case.given["gate"] = str(case.gate)
            assert case.apply("--no-wait").code == 0
            case.await_running("first")  # it is queued again, and has not yet written down that it ran
            case.given["vm_size"] = "Standard_D4s_v5"

            killed = case.killed(after(k), "--yes", "--force", "--no-wait")

            again = case.apply("--yes", "--force", "--no-wait")
            assert again.code == 0, (k, again.output)
            case.check_settled()
            case.gate.touch()
            assert case.apply().code == 0
            case.check(*TASKS, starts=2)
        if not killed:
            assert k > 6
            return


def test_a_drain_that_is_killed_goes_on_with_the_next_apply(case: Case) -> None:
    case.given["gate"] = str(case.gate)
    assert case.apply("--no-wait").code == 0
    case.await_running("first")
    case.given["vm_size"] = "Standard_D4s_v5"

    assert case.killed(lambda request: "kill after" if draining(request) else None, "--yes")
    assert case.of.client.job.get(case.job_id).state == "disabling"
    case.of.proxy.judge()
    again = case.start("--yes")
    case.gate.touch()

    ended = again.wait()
    assert ended.code == 0, ended.output
    case.check(*TASKS, starts=2)


def draining(request: Request) -> bool:
    """The second look at how many tasks still run, after the one of the plan."""
    return request.path.endswith("/taskcounts") and request.occurrence == 3


@pytest.mark.timeout(120)
def test_the_replacement_of_a_job_that_is_killed_anywhere_is_finished_by_the_next(the_scene: Scene) -> None:
    for k in count(1):
        with the_scene.case() as case:
            assert case.apply().code == 0
            case.forget()
            case.given["word"] = "2"

            killed = case.killed(after(k), "--yes")

            again = case.apply("--yes")
            assert again.code == 0, (k, again.output)
            case.check(*TASKS, starts=0)
            assert case.stored() == {"first/sum2.txt", "last/copy2.txt"}
        if not killed:
            assert k > 6
            return


@pytest.mark.timeout(120)
def test_a_rerun_that_is_killed_anywhere_is_finished_by_the_next(the_scene: Scene) -> None:
    for k in count(1):
        with the_scene.case() as case:
            assert case.apply().code == 0
            case.forget()
            first, case.run = case.job_id, 2

            killed = case.killed(after(k), "--rerun")

            there = case.job_id in (job.id for job in the_scene.client.job.list())
            again = case.apply(*([] if there else ["--rerun"]))
            assert again.code == 0, (k, again.output)
            case.check(*TASKS, starts=0)
            assert the_scene.client.job.get(first).state == "completed"
        if not killed:
            assert k > 4
            return


@pytest.mark.timeout(120)
@pytest.mark.parametrize("job_then", ["keep", "delete"])
def test_what_on_finish_asks_for_is_done_by_the_next_apply_when_it_is_killed(the_scene: Scene, job_then: str) -> None:
    for k in count(1):
        with the_scene.case() as case:
            case.given |= {"pool_then": "delete", "job_then": job_then}

            killed = case.killed(after(k))

            left = [job.id for job in the_scene.client.job.list() if job.state == "completed"]
            if case.job_id in left or not case.results.exists():  # all is done once the job has been asked to go
                again = case.apply()
                assert again.code == 0, (k, again.output)
            assert Counter(case.ran.read_text().split()) == Counter(["start", *TASKS]), k
            case.check_home()
            pools = [pool for pool in the_scene.client.pool.list() if case.n in pool.id]
            assert all(pool.state == "deleting" for pool in pools), k
        if not killed:
            assert k > 9
            return


@pytest.mark.timeout(120)
def test_a_destroy_that_is_killed_anywhere_is_finished_by_the_next(the_scene: Scene) -> None:
    for k in count(1):
        with the_scene.case() as case:
            assert case.apply().code == 0
            assert case.apply("--rerun").code == 0

            killed = case.killed_in(case.destroy, after(k))

            the_scene.proxy.judge()
            again = case.destroy().wait()
            assert again.code == 0, (k, again.output)
            assert not [pool.id for pool in the_scene.client.pool.list() if case.n in pool.id]
            assert not [job.id for job in the_scene.client.job.list() if case.n in job.id]
            assert not case.stored()
            case.run = 2
            assert not case.stored()
        if not killed:
            assert k > 4
            return
