"""A job that has completed: what the plan says of its pool and of on_finish, and that an apply does just that."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from batchspec.compiler import ends
from batchspec.compiler.program import Program
from batchspec.errors import UsageError
from batchspec.planning import Action, Plan
from batchspec.planning.document import document
from batchspec.ports import NodeView
from batchspec.run import Options, Verdict
from batchspec.run.events import PoolReady, PoolResizing, Removing
from batchspec.run.look import plan_of
from batchspec.run.resize import formula_of
from tests.support.programs import job_of, program
from tests.support.project import Project
from tests.support.world import World, of

BASE = """\
batchspec: v1
name: demo
pool: {id: p, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 2}}
job: {id: j}
on_finish: {pool: keep}
tasks: [{id: a, command: /bin/a}]
"""
YES = Options(agree=lambda _plan: True)


def completed(project: Project, text: str = BASE) -> World:
    world = World()
    _, report = world.apply(project.program(text))
    assert report.verdict is Verdict.SUCCEEDED
    world.clock.sleep(60.0)
    return world


def planned(world: World, made: Program, options: Options = YES) -> Plan:
    return plan_of(made, world.batch, world.blobs, world.clock, options)


def short(found: Plan) -> list[str]:
    return [f"{one.action.value} {one.kind}" for one in found.changes if one.action is not Action.NOTHING]


def said(found: Plan) -> str:
    return "\n".join(reason for change in found.changes for reason in change.reasons)


@dataclass(frozen=True)
class Case:
    """An edit of the spec whose job has completed, the plan, and words of its reasons."""

    old: str
    new: str
    changes: list[str]
    words: str
    nodes: int | None  # that the pool is asked to have in the end; None: it is gone


KEEP = "on_finish: {pool: keep}"
ENDED = "on_finish says so, and the job has ended"
CASES = {
    "more nodes": Case("dedicated: 2", "dedicated: 50", ["resize pool"], "nodes.dedicated: 2 -> 50", 50),
    "another size": Case("D2s", "D64s", ["replace pool"], "vm_size: Standard_D2s_v5 -> Standard_D64s_v5", 2),
    "a start task": Case("image:", "start_task: {run: ls}, image:", ["update pool"], "start_task.run", 2),
    "a lifetime": Case("nodes:", "lifetime: 2h, nodes:", ["resize pool"], "lifetime", 2),
    "its pool goes": Case(KEEP, "on_finish: {pool: delete}", ["delete pool"], ENDED, None),
    "its nodes go": Case(KEEP, "on_finish: {pool: scale_to_zero}", ["resize pool"], "on_finish", 0),
    "its pool goes, whatever it had": Case(
        "nodes: {dedicated: 2}}\njob: {id: j}\non_finish: {pool: keep}",
        "nodes: {dedicated: 9}}\njob: {id: j}\non_finish: {pool: delete}",
        ["delete pool"],
        ENDED,
        None,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_its_pool_is_planned_and_changed_as_the_spec_says(project: Project, case: Case) -> None:
    world = completed(project)
    assert case.old in BASE
    made = project.program(BASE.replace(case.old, case.new, 1))

    before = planned(world, made)
    _, report = world.apply(made, YES)
    world.clock.sleep(60.0)

    assert short(before) == case.changes
    assert case.words in said(before)
    assert report.verdict is Verdict.SUCCEEDED
    pool = world.batch.pools.get("p")
    assert (None if pool is None else pool.view.target_nodes) == case.nodes
    assert planned(world, made).empty
    assert world.batch.log.count("add job j") == 1


def test_what_on_finish_asks_for_needs_nobody_to_agree(project: Project) -> None:
    world = completed(project)
    made = project.program(BASE.replace(KEEP, "on_finish: {pool: delete}"))

    before = planned(world, made, Options())
    events, _ = world.apply(made)

    assert before.destroys == ()
    assert before.of("pool") is not None
    assert [one["needs_agreement"] for one in document([before])["plans"][0]["changes"]] == [False, False, False]
    assert Removing("pool", "p") in events
    assert not of(events, PoolReady)


def test_a_replacement_of_its_pool_needs_somebody_to_agree(project: Project) -> None:
    world = completed(project)

    with pytest.raises(UsageError, match="replace pool p"):
        world.apply(project.program(BASE.replace("D2s", "D64s")))


def test_its_pool_is_not_made_when_it_is_gone(project: Project) -> None:
    world = completed(project)
    del world.batch.pools["p"]
    made = project.program(BASE.replace("dedicated: 2", "dedicated: 3"))

    before = planned(world, made)
    world.apply(made)

    assert before.empty
    assert world.batch.pools == {}


def test_its_pool_is_left_alone_when_it_is_somebody_elses(project: Project) -> None:
    world = completed(project)
    pool = world.batch.pools["p"]
    pool.view = replace(pool.view, metadata={"batchspec:spec": "other"})

    assert planned(world, project.program(BASE.replace("dedicated: 2", "dedicated: 3"))).empty


SLEEPING = BASE.replace(KEEP, "on_finish: {pool: scale_to_zero}")


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("", "", []),
        ("dedicated: 2", "dedicated: 5", ["resize pool"]),
        ("image:", "start_task: {run: ls}, image:", ["update pool"]),
        ("nodes:", "lifetime: 1h, nodes:", ["resize pool"]),
    ],
    ids=["as it is", "more nodes", "a start task", "a lifetime"],
)
def test_its_pool_that_sleeps_is_not_woken(project: Project, old: str, new: str, changes: list[str]) -> None:
    world = completed(project, SLEEPING)
    assert world.batch.pools["p"].view.target_nodes == 0
    made = project.program(SLEEPING.replace(old, new, 1))

    before = planned(world, made)
    world.apply(made)
    at_once = world.batch.pools["p"].view.target_nodes
    world.clock.sleep(900.0)

    assert short(before) == changes
    assert (at_once, world.batch.pools["p"].view.target_nodes) == (0, 0)
    assert planned(world, made).empty


def test_its_pool_whose_lifetime_is_over_stays_without_nodes(project: Project) -> None:
    text = BASE.replace("nodes:", "lifetime: 1h, nodes:")
    world = completed(project, text)
    world.clock.sleep(7200.0)
    made = project.program(text.replace("dedicated: 2", "dedicated: 4"))

    world.apply(made)
    world.clock.sleep(400.0)

    assert planned(world, made).empty
    assert world.batch.pools["p"].view.target_nodes == 0
    assert ends.lifetime_over(formula_of(world.batch.pools["p"].view), world.clock.now())


def test_its_pool_that_is_replaced_sleeps_on(project: Project) -> None:
    world = completed(project, SLEEPING)
    made = project.program(SLEEPING.replace("D2s", "D64s"))
    world.batch.pools["p"].nodes = [NodeView("node-0", "idle")]
    world.batch.pools["p"].view = replace(world.batch.pools["p"].view, current_nodes=1)

    events, _ = world.apply(made, YES)

    assert of(events, PoolReady) == [PoolReady("p", created=True)]
    assert world.batch.pools["p"].view.target_nodes == 0


def test_nodes_that_a_killed_apply_has_left_go_by_the_next(project: Project) -> None:
    world = completed(project, SLEEPING)
    pool = world.batch.pools["p"]
    awake = ends.wake(formula_of(pool.view) or "", world.clock.now())
    world.batch.enable_autoscale("p", awake)
    world.clock.sleep(40.0)
    assert pool.view.target_nodes == 2

    before = planned(world, project.program(SLEEPING))
    events, _ = world.apply(project.program(SLEEPING))

    assert short(before) == ["resize pool"]
    assert ENDED in said(before)
    assert of(events, PoolResizing) == [PoolResizing("p", 0)]
    assert planned(world, project.program(SLEEPING)).empty


def test_a_pool_that_other_jobs_use_stays_and_the_plan_says_why(project: Project) -> None:
    world = completed(project)
    other = job_of(program(["slow"], on_all_tasks_complete="noaction"))
    other.id, other.pool_info.pool_id = "other", "p"
    world.batch.add_job(other)
    made = project.program(BASE.replace(KEEP, "on_finish: {pool: delete}"))

    before = planned(world, made)
    events, _ = world.apply(made)

    assert "delete pool" not in short(before)
    assert 'job "other" still uses it' in said(before)
    assert not of(events, Removing)
    assert planned(world, made).empty


def test_a_completed_job_goes_when_on_finish_says_so_and_the_plan_says_it(project: Project) -> None:
    world = completed(project)
    made = project.program(BASE.replace(KEEP, "on_finish: {pool: delete, job: delete}"))

    before = planned(world, made)
    events, report = world.apply(made)

    assert short(before) == ["delete pool", "delete job"]
    assert before.destroys == ()
    assert report.verdict is Verdict.SUCCEEDED
    assert [event.kind for event in of(events, Removing)] == ["pool", "job"]


def test_no_input_is_uploaded_for_it(project: Project) -> None:
    text = BASE.replace("command: /bin/a", "command: /bin/a, inputs: [{path: in.txt}]")
    project.write({"in.txt": "x"})
    world = completed(project, text)
    world.blobs.containers.clear()
    world.blobs.uploads.clear()

    before = planned(world, project.program(text))
    world.apply(project.program(text))

    assert before.empty
    assert world.blobs.uploads == []


def test_a_job_of_another_spec_that_has_completed_cannot_be_taken_over() -> None:
    made, world = program(["a"]), World()
    world.apply(made)
    job = world.batch.jobs["demo-job"]
    job.view = replace(job.view, metadata={})

    found = [plan_of(made, world.batch, world.blobs, world.clock, Options(adopt=adopt)) for adopt in (False, True)]

    for one in found:
        (problem,) = (one for one in one.problems if one.code == "BS602")
        assert "has completed" in problem.message
        assert "--adopt" not in str(problem.hint)


def test_a_lifetime_is_told_in_the_words_of_the_spec(project: Project) -> None:
    world = completed(project)

    found = planned(world, project.program(BASE.replace("nodes:", "lifetime: 2h, nodes:")))

    assert said(found).startswith("lifetime: nothing -> 2h")
    assert "batchspec:" not in said(found)
