"""Reasons and costs in the words of the spec."""

from __future__ import annotations

from dataclasses import replace

import pytest
from azure.batch import models

from batchspec.compiler.program import Program
from batchspec.errors import UsageError
from batchspec.planning import Action, Change, Plan
from batchspec.planning.differences import Difference
from batchspec.planning.usual import NO_LIMIT
from batchspec.planning.words import LENGTHS, sentence
from batchspec.ports import DRAINED_KEY, Fault
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
_WRITTEN = frozenset(
    {"PoolAddParameter", "JobConstraints", "TaskConstraints", "JobReleaseTask", "RollingUpgradePolicy", "Schedule"}
)
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
    why = "it is paused for another pool by an apply that has not finished, and is enabled"
    assert change(before, "job").reasons == (why,)
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


@pytest.mark.parametrize("text", [BASE, BASE.replace("/bin/a", "/bin/b")], ids=["the same", "another"])
def test_another_run_is_refused_while_the_one_before_goes_on(project: Project, text: str) -> None:
    world, made = under_way(project), project.program(text)

    for ask in (
        lambda: planned(world, made, replace(YES, rerun=True)),
        lambda: world.apply(made, replace(YES, rerun=True)),
    ):
        with pytest.raises(UsageError, match='job "j" has not ended; --rerun makes the next run only then') as caught:
            ask()
        assert '"batchspec wait"' in (caught.value.hint or "")

    assert world.batch.jobs["j"].view.state == "active"


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

    assert before.reasons == ("the start task failed on 1 node",)
    assert "reboot node p/node-0" in world.batch.log
    assert planned(world, made).empty


def test_a_node_whose_start_task_failed_tries_once_more_while_there_is_work(project: Project) -> None:
    world, made = under_way(project), project.program(BASE)
    broken(world)

    before = change(planned(world, made), "pool")
    events, _ = world.apply(made, YES)

    assert before.reasons == ("the start task failed on 1 node",)
    assert (before.action, before.cost) == (Action.UPDATE, "1 node whose start task failed is rebooted")
    assert of(events, Updated) == [Updated("pool", "p", "1 node whose start task had failed restarts")]
    assert planned(world, made).empty


def test_a_node_whose_start_task_failed_is_restarted_without_one(project: Project) -> None:
    world = under_way(project)
    broken(world)
    made = project.program(BASE.replace(", start_task: {run: exit 9}", ""))

    world.apply(made, YES)

    assert "reboot node p/node-0" in world.batch.log
    assert planned(world, made).empty


def test_a_node_whose_start_task_failed_tries_once_more_beside_another_size(project: Project) -> None:
    world = under_way(project)
    broken(world)
    made = project.program(BASE.replace("dedicated: 2", "dedicated: 3"))

    before = change(planned(world, made), "pool")
    world.apply(made, YES)

    assert before.cost == "1 node whose start task failed is rebooted"
    assert "reboot node p/node-0" in world.batch.log
    assert planned(world, made).empty


def test_a_node_whose_start_task_failed_is_left_when_the_work_is_done(project: Project) -> None:
    world, made = World(), project.program(BASE.replace(", inputs: [{path: in/x.csv}]", ""))
    world.apply(made, Options())
    broken(world)

    assert planned(world, made).empty


@pytest.mark.parametrize(
    ("path", "wanted", "found", "words"),
    [
        ("constraints.max_wall_clock_time", "PT1H30M", "PT1H", "timeout: 1h -> 1h30m"),
        ("constraints.max_wall_clock_time", "PT1H", NO_LIMIT, "timeout: no limit -> 1h"),
        ("constraints.max_wall_clock_time", "PT1H", None, "timeout: nothing -> 1h"),
        ("id", "PT1H", "P1D", "id: P1D -> PT1H"),
    ],
)
def test_lengths_of_time_are_told_as_people_write_them(path: str, wanted: str, found: str | None, words: str) -> None:
    assert sentence("job", Difference(path, wanted, found)) == words


def test_every_length_of_time_of_the_sdk_is_known_as_one() -> None:
    maps = [getattr(models, name)._attribute_map for name in _WRITTEN]  # what the SDK serialises by

    assert {name for one in maps for name, entry in one.items() if entry["type"] == "duration"} == LENGTHS


def test_a_schedule_of_another_spec_that_has_ended_cannot_be_taken_over(project: Project) -> None:
    world = under_way(project, SCHEDULE)
    other = project.program(SCHEDULE.replace("name: demo", "name: other"))

    live = planned(world, other, replace(YES, adopt=True))
    world.batch.terminate_schedule("j")
    ended = [planned(world, other, replace(YES, adopt=adopt)).problems for adopt in (False, True)]

    assert change(live, "job_schedule").reasons[0] == "it is taken over, though this spec did not make it"
    for problem in (problems[-1] for problems in ended):
        assert "has completed, nothing of it changes any more" in problem.message
        assert problem.hint == "give the job schedule another id"


def test_a_pool_that_was_refused_nodes_is_asked_for_them_once_more(project: Project) -> None:
    world, made = under_way(project), project.program(BASE)
    pool, fault = world.batch.pools["p"], Fault("AccountCoreQuotaReached", "No cores are left.")
    pool.view = replace(pool.view, current_nodes=1, resize_errors=(fault,))

    before = change(planned(world, made), "pool")
    world.apply(made, YES)

    assert (before.action, before.reasons) == (Action.RESIZE, ("the service gave it 1 of 2 nodes",))
    assert "resize pool p" in " ".join(world.batch.log)
    assert planned(world, made).empty


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
    with pytest.raises(UsageError, match='job schedule "j" has not ended; --rerun makes it anew only then'):
        planned(world, made, replace(YES, rerun=True))
