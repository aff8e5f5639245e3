"""Reasons and costs in the words of the spec."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchspec.compiler.program import Program
from batchspec.errors import UsageError
from batchspec.planning import Action, Change, Plan
from batchspec.ports import DRAINED_KEY
from batchspec.run import Options
from batchspec.run.events import Draining, Updated
from batchspec.run.look import plan_of
from tests.support.fakes import Behaviour
from tests.support.project import Project
from tests.support.world import World, of

BASE = """\
batchspec: v1
name: demo
pool: {id: p, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 2}, start_task: {run: exit 9}}
job: {id: j}
tasks:
  - {id: a, command: /bin/a, inputs: [{path: in/x.csv}]}
"""
YES = Options(agree=lambda _plan: True, wait=False)


def under_way(project: Project, text: str = BASE) -> World:
    world = World({"a": Behaviour(seconds=500.0)})
    project.write({"in/x.csv": "1"})
    world.apply(project.program(text), Options(wait=False))
    world.clock.sleep(10.0)
    return world


def planned(world: World, made: Program, options: Options = YES) -> Plan:
    return plan_of(made, world.batch, world.blobs, world.clock, options)


def change(found: Plan, kind: str) -> Change:
    made = found.of(kind)
    assert made is not None
    return made


def test_an_input_that_has_changed_is_told_by_its_path_in_the_spec(project: Project) -> None:
    world = under_way(project)
    project.write({"in/x.csv": "2"})

    found = change(planned(world, project.program(BASE)), "job")

    assert found.reasons[0] == 'task "a": inputs: in/x.csv has changed'
    assert "http" not in " ".join(found.reasons)


def test_an_input_of_the_start_task_is_told_by_its_path(project: Project) -> None:
    text = BASE.replace("{run: exit 9}", "{run: exit 9, inputs: [{path: in/x.csv}]}").replace(
        ", inputs: [{path: in/x.csv}]}\n", "}\n"
    )
    world = under_way(project, text)
    project.write({"in/x.csv": "2"})

    found = change(planned(world, project.program(text)), "pool")

    assert found.reasons == ("start_task.inputs: in/x.csv has changed",)


SCHEDULE = BASE.replace("tasks:", "schedule: {every: 1d, credential: account_key}\ntasks:")


def test_other_tasks_of_a_schedule_are_told_as_such(project: Project) -> None:
    world = under_way(project, SCHEDULE)

    found = change(planned(world, project.program(SCHEDULE.replace("/bin/a", "/bin/b"))), "job_schedule")

    assert found.action is Action.UPDATE
    assert found.reasons == ("its tasks have changed",)


def test_one_task_more_than_are_told_differs(project: Project) -> None:
    rows = "".join(f"  - {{id: m-{at}, command: /bin/m}}\n" for at in range(4))
    world = under_way(project, BASE + rows)

    found = change(planned(world, project.program(BASE + rows.replace("/bin/m", "/bin/n"))), "job")

    assert '"m-3" differs as well' in found.reasons


def test_only_tasks_that_the_spec_still_has_run_again(project: Project) -> None:
    rows = "".join(f"  - {{id: m-{at}, command: /bin/m}}\n" for at in range(5))
    world = under_way(project, BASE + rows)
    world.clock.sleep(10.0)

    less = (BASE + rows.replace("  - {id: m-4, command: /bin/m}\n", "")).replace("/bin/a", "/bin/b")
    found = change(planned(world, project.program(less)), "job")

    assert "4 completed tasks run again" in found.cost


def test_a_job_that_was_left_paused_is_in_the_plan_and_goes_on(project: Project) -> None:
    world = under_way(project)
    view = world.batch.jobs["j"].view
    world.batch.jobs["j"].view = replace(view, state="disabled", metadata={**view.metadata, DRAINED_KEY: "p"})

    before = planned(world, project.program(BASE))
    events, _ = world.apply(project.program(BASE), YES)

    assert change(before, "job").action is Action.UPDATE
    assert change(before, "job").reasons == ("it is paused for a pool replacement, and goes on",)
    assert of(events, Updated) == [Updated("job", "j", "enabled again")]
    assert world.batch.jobs["j"].view.state == "active"
    assert planned(world, project.program(BASE)).empty


def test_a_job_that_was_left_paused_can_go_to_another_pool(project: Project) -> None:
    world = under_way(project)
    view = world.batch.jobs["j"].view
    world.batch.jobs["j"].view = replace(view, state="disabled", metadata={**view.metadata, DRAINED_KEY: "p"})
    made = project.program(BASE.replace("id: p,", "id: q,"))

    world.apply(made, YES)

    assert (world.batch.jobs["j"].view.state, world.batch.jobs["j"].view.pool_id) == ("active", "q")
    assert planned(world, made).empty


def test_another_run_does_not_end_the_one_that_goes_on(project: Project) -> None:
    world = under_way(project)
    changed = project.program(BASE.replace("/bin/a", "/bin/b"))

    for ask in (
        lambda: planned(world, changed, replace(YES, rerun=True)),
        lambda: world.apply(changed, replace(YES, rerun=True)),
    ):
        with pytest.raises(UsageError, match='job "j" has not ended'):
            ask()

    assert world.batch.jobs["j"].view.state == "active"
    assert planned(world, project.program(BASE), replace(YES, rerun=True)).empty


def test_a_job_that_is_replaced_is_not_told_as_paused(project: Project) -> None:
    world = under_way(project)

    events, _ = world.apply(project.program(BASE.replace("/bin/a", "/bin/b")), YES)

    assert not of(events, Draining)


def broken(world: World) -> None:
    pool = world.batch.pools["p"]
    pool.nodes[0] = replace(pool.nodes[0], state="starttaskfailed")


def test_a_node_whose_start_task_failed_gets_the_new_one(project: Project) -> None:
    world = under_way(project)
    broken(world)
    made = project.program(BASE.replace("exit 9", "ls"))

    before = change(planned(world, made), "pool")
    events, _ = world.apply(made, YES)

    cost = "1 node whose start task failed is rebooted; other nodes keep what they have until they are rebooted"
    assert (before.action, before.cost) == (Action.UPDATE, cost)
    assert [line for line in world.batch.log if line.startswith("reboot")] == ["reboot node p/node-0"]
    assert Updated("pool", "p", "1 node whose start task had failed restarts") in of(events, Updated)
    assert planned(world, made).empty


def test_a_node_is_restarted_by_the_apply_after_one_that_was_ended_before_it_came_to_that(project: Project) -> None:
    world = under_way(project)
    broken(world)
    made = project.program(BASE.replace("exit 9", "ls"))
    assert made.pool is not None
    world.batch.patch_pool("p", {"startTask": made.pool.body.start_task.serialize()})

    before = change(planned(world, made), "pool")
    world.apply(made, YES)

    assert before.reasons == ("1 node had failed with an earlier start task",)
    assert "reboot node p/node-0" in world.batch.log
    assert planned(world, made).empty


def test_a_node_whose_start_task_fails_is_left_while_nothing_has_changed(project: Project) -> None:
    world = under_way(project)
    broken(world)

    assert planned(world, project.program(BASE)).empty


def test_a_schedule_that_has_ended_says_so_and_is_made_anew_when_asked(project: Project) -> None:
    world, made = under_way(project, SCHEDULE), project.program(SCHEDULE)
    world.batch.terminate_schedule("j")

    before = planned(world, made)
    again = planned(world, made, replace(YES, rerun=True))
    with pytest.raises(UsageError, match="replace job schedule j"):
        world.apply(made, Options(rerun=True, wait=False))
    world.apply(made, replace(YES, rerun=True))

    assert before.empty
    assert change(before, "job_schedule").reasons == (
        "it has ended, and makes no more jobs; apply --rerun makes it anew",
    )
    assert change(again, "job_schedule").action is Action.REPLACE
    assert world.batch.schedules["j"].state == "active"
    assert planned(world, made, replace(YES, rerun=True)).empty
