"""Nodes, disks and services that fail under a run, and a minute in which the service is too busy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from batchspec.errors import Unreachable
from batchspec.run import Verdict
from batchspec.run.events import CountsMoved, Event, Finished, PoolReady, TasksAdded, Waiting
from tests.faults.inside import inside
from tests.faults.proxy import Request
from tests.faults.scene import Case, scene

TASKS = ("first", "last", "many-0", "many-1", "many-2", "many-3")


def node_of(case: Case, task_id: str) -> str:
    return str(case.of.client.task.get(case.job_id, task_id).node_info.node_id)


def test_the_tasks_of_a_node_that_dies_run_on_another(case: Case) -> None:
    case.given |= {"nodes": "2", "gate": str(case.gate)}
    running = case.start()
    case.await_running("first")
    dead = node_of(case, "first")

    case.of.emulator.control.fail_node(case.pool_id, dead, "died")
    case.gate.touch()

    ended = running.wait()
    assert ended.code == 0, ended.output
    assert node_of(case, "first") != dead
    case.check(*TASKS, starts=2)


def test_when_all_nodes_have_died_it_is_said_and_the_next_apply_goes_on(case: Case) -> None:
    case.given["gate"] = str(case.gate)
    assert case.apply("--no-wait").code == 0
    case.await_running("first")
    dead, control = node_of(case, "first"), case.of.emulator.control
    control.fail_node(case.pool_id, dead, "died")

    with inside(case) as world:
        _, report = world.apply()

    assert report.verdict is Verdict.BLOCKED
    assert [one.code for one in report.diagnostics if dead in one.message][-1] == "BS804"
    control.recover_node(case.pool_id, dead)
    case.gate.touch()
    again = case.apply()
    assert again.code == 0, again.output
    case.check(*TASKS, starts=2)


def test_a_full_disk_on_the_node_is_told_and_the_next_run_succeeds(case: Case) -> None:
    case.given["gate"] = str(case.gate)
    running = case.start()
    case.await_running("first")
    node = node_of(case, "first")
    control = case.of.emulator.control

    control.fail_node(case.pool_id, node, "disk_full")
    case.gate.touch()

    ended = running.wait()
    assert ended.code == 5, ended.output
    assert "disk" in ended.output
    control.recover_node(case.pool_id, node)
    case.forget()
    case.run = 2
    again = case.apply("--rerun")
    assert again.code == 0, again.output
    case.check(*TASKS, starts=0)


def test_a_full_disk_at_home_loses_nothing(case: Case) -> None:
    case.given["size"] = "200000"

    ended = case.start(limit=100_000).wait()

    assert ended.code == 4, ended.output
    assert "BS811" in ended.output
    assert [path for path in case.results.rglob("*") if path.is_file()] == []
    again = case.apply()
    assert again.code == 0, again.output
    case.check(*TASKS)


def test_results_that_have_no_place_are_told_and_come_with_the_next_apply(case: Case) -> None:
    case.results.touch()

    ended = case.apply()

    assert ended.code == 4, ended.output
    assert "BS811" in ended.output
    case.results.unlink()
    again = case.apply()
    assert again.code == 0, again.output
    case.check(*TASKS)


BUSY: dict[str, Callable[[Request], bool]] = {
    "from the start": lambda _request: True,
    "while files go up": lambda request: "/inputs/" in request.path,
    "while tasks are added": lambda request: "addtaskcollection" in request.path,
    "while it is watched": lambda request: request.path.endswith("/taskcounts") and request.occurrence > 1,
    "while results come home": lambda request: "/outputs/" in request.path and request.method == "GET",
}


@pytest.mark.parametrize("when", BUSY)
def test_a_service_that_is_too_busy_for_a_minute_is_waited_for(case: Case, when: str) -> None:
    began: list[float] = []

    def judge(request: Request) -> str | None:
        if not began and BUSY[when](request):
            began.append(world.clock.monotonic())
        return "429" if began and world.clock.monotonic() < began[0] + 60 else None

    with inside(case) as world:
        case.of.proxy.judge(judge, once=False)

        _, report = world.apply()

        assert report.verdict is Verdict.SUCCEEDED, report
        assert world.clock.skipped > 30
        case.check(*TASKS)


@pytest.mark.parametrize("moment", [PoolReady, TasksAdded, CountsMoved])
def test_a_service_that_is_killed_and_comes_back_is_spoken_to_again(tmp_path: Path, moment: type[Event]) -> None:
    with scene(tmp_path) as alone, ExitStack() as later:
        case = alone.case()
        case.given["gate"] = str(case.gate)
        later.callback(case.gate.touch)
        with inside(case) as world:
            killed = back = False
            for event in world.events():
                if isinstance(event, moment) and not killed:
                    killed = True
                    alone.kill_service()
                elif isinstance(event, Waiting) and not back:
                    back = True
                    later.enter_context(alone.restarted())
                    case.gate.touch()
            assert isinstance(event, Finished)
            assert event.report.verdict is Verdict.SUCCEEDED, event.report

        assert back
        case.check(*TASKS, starts=case.starts())


def test_a_service_that_stays_away_ends_the_watch_and_the_next_apply_goes_on(tmp_path: Path) -> None:
    with scene(tmp_path) as alone:
        case = alone.case()
        case.given["gate"] = str(case.gate)
        assert case.apply("--no-wait").code == 0
        case.await_running("first")
        with inside(case) as world:
            steps = world.events()
            for event in steps:
                if isinstance(event, CountsMoved):
                    alone.kill_service()
                    break

            with pytest.raises(Unreachable, match="did not answer"):
                list(steps)

        with alone.restarted():
            case.gate.touch()
            again = case.apply()
            assert again.code == 0, again.output
            case.check(*TASKS, starts=2)
