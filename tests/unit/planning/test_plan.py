"""Specs that change after an apply: what the plan says, and that an apply of it leaves nothing to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from batchspec.compiler.program import Program
from batchspec.planning import Action, Plan
from batchspec.planning.text import render
from batchspec.ports import DRAINED_KEY, REMOVED_KEY
from batchspec.run import Options
from batchspec.run.look import plan_of
from batchspec.run.report import Verdict
from tests.support.fakes import Behaviour
from tests.support.project import Project
from tests.support.world import World

BASE = """\
batchspec: v1
name: demo
pool:
  id: p
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 2}
  task_slots_per_node: 2
  start_task: {run: ls}
job: {id: j, timeout: 2h, priority: 1, environment: {MODE: fast}}
tasks:
  - {id: a, command: /bin/a, timeout: 1h, environment: {KEY: one}}
  - {id: b, command: /bin/b, depends_on: [a]}
"""
C = "  - {id: c, command: /bin/c}\n"
YES = Options(agree=lambda _plan: True)
LONG = {"a": Behaviour(seconds=500.0)}


def started(project: Project, text: str = BASE) -> World:
    """A world in which the spec has been applied, and its first task runs."""
    world = World(LONG)
    world.apply(project.program(text), Options(wait=False))
    world.clock.sleep(5.0)
    return world


def planned(world: World, program: Program, **options: Any) -> Plan:
    return plan_of(program, world.batch, world.blobs, world.clock, Options(**options))


def short(plan: Plan) -> list[str]:
    return [f"{change.action.value} {change.kind}" for change in plan.changes if change.action is not Action.NOTHING]


@dataclass(frozen=True)
class Case:
    """An edit, the plan while the work is under way, and words that its reasons hold."""

    old: str
    new: str
    changes: list[str]
    words: str = ""
    then: list[str] | None = None  # what is left after an apply, where that is not nothing


NEW_TASKS = "create tasks"
CASES: dict[str, Case] = {
    "nothing": Case("", "", []),
    "a comment": Case("name: demo", "name: demo  # more", []),
    "more nodes": Case("dedicated: 2", "dedicated: 3", ["resize pool"], "nodes.dedicated: 2 -> 3"),
    "fewer nodes": Case("dedicated: 2", "dedicated: 1", ["resize pool"], "nodes.dedicated: 2 -> 1"),
    "another start task": Case("{run: ls}", "{run: pwd}", ["update pool"], "start_task.run differs"),
    "no start task": Case("  start_task: {run: ls}\n", "", ["update pool"], "start_task is no longer set"),
    "another size": Case("D2s", "D4s", ["replace pool"], "vm_size: Standard_D2s_v5 -> Standard_D4s_v5"),
    "another image": Case("ubuntu-24.04", "ubuntu-22.04", ["replace pool"], "image.offer"),
    "a formula": Case(
        "nodes: {dedicated: 2}",
        'nodes: {autoscale: {formula: "$TargetDedicatedNodes = 1;"}}',
        ["resize pool"],
        "nodes.autoscale.formula: nothing -> $TargetDedicatedNodes = 1;",
    ),
    "another priority": Case("priority: 1", "priority: 7", ["update job"], "priority: 1 -> 7"),
    "no priority": Case(", priority: 1", "", ["update job"], "priority: 1 -> nothing"),
    "another limit": Case("timeout: 2h", "timeout: 3h", ["update job"], "timeout: 2h -> 3h"),
    "no limit": Case("timeout: 2h, ", "", ["update job"], "timeout: 2h -> nothing"),
    "another environment": Case("MODE: fast", "MODE: slow", ["replace job", NEW_TASKS], "environment[MODE] differs"),
    "one more task": Case("tasks:\n", f"tasks:\n{C}", [NEW_TASKS]),
    "another command": Case("/bin/b", "/bin/x", ["replace job", NEW_TASKS], 'task "b": command is now /bin/x', []),
    "another setting": Case("KEY: one", "KEY: two", ["replace job", NEW_TASKS], "environment[KEY] differs"),
    "another dependency": Case(", depends_on: [a]", "", ["replace job", NEW_TASKS], 'task "b": depends_on'),
    "another time for a task": Case("timeout: 1h, env", "timeout: 2h, env", ["update tasks"], "timeout: 1h -> 2h"),
    "a task less": Case("  - {id: b, command: /bin/b, depends_on: [a]}\n", "", ["delete tasks"], '"b"'),
    "all at once": Case(
        "dedicated: 2}\n  task_slots_per_node: 2", "dedicated: 1}\n  task_slots_per_node: 4", ["replace pool"], "slots"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_plan_says_what_a_change_of_the_spec_does(project: Project, case: Case) -> None:
    world = started(project)
    assert case.old in BASE

    plan = planned(world, project.program(BASE.replace(case.old, case.new, 1)))

    assert short(plan) == case.changes
    assert case.words in "\n".join(reason for change in plan.changes for reason in change.reasons)
    assert plan.empty == (not case.changes)
    assert bool(plan.destroys) == any(words.startswith(("replace", "delete")) for words in case.changes)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_after_an_apply_of_the_plan_there_is_nothing_to_do(project: Project, case: Case) -> None:
    world = started(project)
    made = project.program(BASE.replace(case.old, case.new, 1))

    _, report = world.apply(made, replace(YES, force=True))

    assert report.verdict is Verdict.SUCCEEDED
    assert planned(world, made).empty
    assert len(world.batch.pools) == len(world.batch.jobs) == 1


def test_what_is_lost_needs_somebody_to_agree(project: Project) -> None:
    from batchspec.errors import UsageError

    world = started(project)
    before = list(world.batch.log)

    with pytest.raises(UsageError, match="replace pool p"):
        world.apply(project.program(BASE.replace("D2s", "D4s")))

    assert world.batch.log == before


def test_a_running_task_is_awaited_before_its_pool_is_replaced_and_the_job_goes_on(project: Project) -> None:
    world = started(project)

    _, report = world.apply(project.program(BASE.replace("D2s", "D4s")), YES)

    assert report.verdict is Verdict.SUCCEEDED
    assert world.clock.time > 500
    job = world.batch.jobs["j"].view
    assert DRAINED_KEY not in job.metadata
    disable, add, enable = (
        next(at for at, line in enumerate(world.batch.log) if line.startswith(words) and at > 1)
        for words in ("disable job j wait", "add pool p", "enable job j")
    )
    assert disable < add < enable


def test_a_job_whose_last_task_ends_while_its_pool_is_replaced_has_a_verdict(project: Project) -> None:
    world = started(project)
    enable = world.batch.enable_job

    def and_go_on(job_id: str) -> None:
        enable(job_id)
        for task in world.batch.jobs[job_id].tasks.values():
            task.view = replace(task.view, state="completed", succeeded=True, exit_code=0)
        world.batch.step()

    world.batch.enable_job = and_go_on  # type: ignore[method-assign]
    _, report = world.apply(project.program(BASE.replace("D2s", "D4s")), YES)

    assert world.batch.jobs["j"].view.state == "completed"
    assert report.verdict is Verdict.SUCCEEDED


def test_a_pool_and_its_job_are_replaced_together(project: Project) -> None:
    world = started(project)
    text = BASE.replace("D2s", "D4s").replace("/bin/b", "/bin/x")

    plan = planned(world, project.program(text))
    _, report = world.apply(project.program(text), YES)

    assert short(plan) == ["replace pool", "replace job", NEW_TASKS]
    assert plan.changes[0].cost == "its nodes are deleted"
    assert report.verdict is Verdict.SUCCEEDED


def test_only_what_runs_on_the_pool_counts_as_its_cost(project: Project) -> None:
    world = started(project)
    world.batch.jobs["j"].view = replace(world.batch.jobs["j"].view, pool_id="elsewhere")

    plan = planned(world, project.program(BASE.replace("D2s", "D4s")))

    assert "running" not in plan.changes[0].cost


def test_the_case_of_an_id_makes_no_other_task(project: Project) -> None:
    text = BASE + "logs: {persist: false}\n"  # the names of blobs have letters of one case
    world = started(project, text)

    plan = planned(world, project.program(text.replace("id: b,", "id: B,")))

    assert short(plan) == []


@pytest.mark.parametrize("persist", ["true", "false"])
def test_a_change_of_the_logs_is_told_under_their_own_name(project: Project, persist: str) -> None:
    other_way = "false" if persist == "true" else "true"
    world = started(project, f"{BASE}logs: {{persist: {other_way}}}\n")

    plan = planned(world, project.program(f"{BASE}logs: {{persist: {persist}}}\n"))

    told = render(plan)
    assert f'"a": logs.persist: {other_way} -> {persist}' in told
    assert "outputs" not in told


def test_a_task_that_has_completed_gets_no_new_limits(project: Project) -> None:
    world = World()
    text = BASE + "  - {id: hold, command: /bin/h}\n"
    world.batch.behaviours["hold"] = Behaviour(seconds=900.0)
    world.apply(project.program(text), Options(wait=False))
    world.clock.sleep(60.0)
    edited = project.program(text.replace("timeout: 1h, env", "timeout: 2h, env"))

    before = planned(world, edited)
    world.apply(edited, Options(wait=False))

    assert short(before) == []
    assert planned(world, edited).empty
    assert not any(line.startswith("update task") for line in world.batch.log)


def test_a_job_that_cannot_remember_more_removed_tasks_is_replaced(project: Project) -> None:
    names = [f"{'x' * 60}{at:03}" for at in range(260)]
    rows = "".join(f"  - {{id: {name}, command: /bin/true}}\n" for name in names)
    world = started(project, BASE + rows)

    plan = planned(world, project.program(BASE))

    assert short(plan) == ["replace job", NEW_TASKS]
    assert "it cannot remember more tasks that were removed" in plan.changes[1].reasons


def test_the_time_for_a_resize_goes_with_the_resize_and_is_no_change_alone(project: Project) -> None:
    world = started(project)
    timed = BASE.replace("  task_slots", "  resize_timeout: 30m\n  task_slots")

    assert short(planned(world, project.program(timed))) == []
    world.apply(project.program(timed.replace("dedicated: 2", "dedicated: 3")), Options(wait=False))

    assert str(world.batch.pools["p"].view.body["resizeTimeout"]) == "0:30:00"
    assert planned(world, project.program(timed.replace("dedicated: 2", "dedicated: 3"))).empty


def test_a_missing_pool_of_the_job_is_told_though_the_spec_has_one_of_its_own(project: Project) -> None:
    text = BASE.replace("job: {id: j,", "job: {id: j, pool_info: {pool_id: far},")

    plan = planned(World(), project.program(text))

    assert [problem.code for problem in plan.problems] == ["BS605"]


def test_a_pool_that_other_jobs_use_is_not_replaced(project: Project) -> None:
    world = started(project)
    world.apply(project.program(BASE.replace("id: j", "id: k")), Options(wait=False))

    plan = planned(world, project.program(BASE.replace("D2s", "D4s")))

    assert [problem.code for problem in plan.problems] == ["BS606"]
    assert '"k"' in plan.problems[0].message


def test_a_removed_task_can_never_come_back_with_another_content(project: Project) -> None:
    world = started(project)
    without = BASE.replace("  - {id: b, command: /bin/b, depends_on: [a]}\n", "")
    world.apply(project.program(without), replace(YES, wait=False))
    assert world.batch.jobs["j"].view.metadata[REMOVED_KEY] == "b"

    plan = planned(world, project.program(BASE.replace("/bin/b", "/bin/x")))

    assert short(plan) == ["replace job", NEW_TASKS]
    assert '"b" had been removed from it' in (plan.changes[1].reasons or plan.changes[0].reasons)


def test_what_somebody_changed_by_hand_is_drift_where_the_spec_says_something(project: Project) -> None:
    world = started(project)
    world.batch.patch_job("j", {"priority": 99, "maxParallelTasks": 3})

    plan = planned(world, project.program(BASE))

    assert short(plan) == ["update job"]
    assert plan.changes[1].reasons == ("priority: 99 -> 1",)


def test_what_is_somebody_elses_is_left_alone_unless_it_is_taken_over(project: Project) -> None:
    world = started(project)
    other = project.program(BASE.replace("name: demo", "name: other"))

    assert [problem.code for problem in planned(world, other).problems] == ["BS602", "BS602"]

    plan = planned(world, other, adopt=True)
    assert plan.problems == ()
    assert short(plan) == ["update pool", "update job"]
    world.apply(other, Options(adopt=True, wait=False))
    assert short(planned(world, other)) == []
    assert planned(world, other).problems == ()


def test_a_job_that_has_completed_takes_no_more_tasks(project: Project) -> None:
    world = World()
    world.apply(project.program(BASE))

    same, more = planned(world, project.program(BASE)), planned(world, project.program(BASE + C))

    assert same.empty
    assert short(more) == ["replace job", NEW_TASKS]
    assert "--rerun keeps it" in more.changes[1].cost


def test_the_plan_of_an_unchanged_job_of_many_tasks_is_a_handful_of_requests(project: Project) -> None:
    many = BASE + "  - {id: 't-${{ matrix.i }}', command: /bin/t, matrix: {i: {range: 1500}}}\n"
    world = started(project, many)
    before = world.batch.faults.count
    made = project.program(many)

    plan = planned(world, made)

    assert plan.empty
    assert world.batch.faults.count - before <= 6


def test_the_values_of_secrets_are_not_in_a_plan(project: Project) -> None:
    text = BASE.replace("KEY: one", 'KEY: "${{ env.TOKEN }}"')
    world = World(LONG)
    world.apply(project.program(text, environ={"TOKEN": "first-secret"}), Options(wait=False))

    plan = planned(world, project.program(text, environ={"TOKEN": "other-secret"}))

    assert "first-secret" not in repr(plan)
    assert "other-secret" not in repr(plan)
    assert "environment[KEY] differs" in "\n".join(plan.changes[1].reasons)
