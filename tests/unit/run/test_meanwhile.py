"""What happens between a plan and its requests is noticed: what was agreed to is done, or nothing is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from batchspec import api
from batchspec.compiler.links import Placeholders
from batchspec.compiler.program import Program
from batchspec.errors import ExitCode, UsageError
from batchspec.planning import Plan
from batchspec.run import Options, Verdict
from tests.support.fakes import Behaviour
from tests.support.programs import job_of, pool_of, program
from tests.support.project import Project
from tests.support.world import World, codes

POOL = """\
batchspec: v1
name: demo
pool: {id: p, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 2}}
"""
OLD = POOL + "job: {id: j}\ntasks: [{id: a, command: /bin/old}, {id: b, command: /bin/b}]\n"
NEW = OLD.replace("/bin/old", "/bin/new")
LARGER = NEW.replace("D2s", "D4s")
MORE = OLD.replace("{id: b,", "{id: c, command: /bin/c}, {id: b,")
OTHER = """\
batchspec: v1
name: other
job: {id: other, pool_info: {pool_id: p}}
tasks: [{id: a, command: /bin/other}]
"""
START = Options(wait=False)


def a_world(project: Project, text: str = POOL) -> World:
    world = World({"a": Behaviour(seconds=60.0)})
    world.apply(project.program(text), START)
    return world


def meanwhile(world: World, made: Program) -> Callable[[Plan], bool]:
    """Somebody applies another spec while the question is open, and then agrees."""

    def agree(_plan: Plan) -> bool:
        world.apply(made, START)
        return True

    return agree


def hold(world: World, made: Program) -> Options:
    """Somebody applies another spec between the plan and what follows from it."""

    def other(_plan: Plan) -> None:
        world.apply(made, START)

    return replace(START, hold=other, agree=lambda _plan: True)


def commands(world: World, job_id: str = "j") -> list[str]:
    return [task.body.command_line for task in world.batch.jobs[job_id].tasks.values()]


@pytest.mark.parametrize(
    ("name", "fingerprint", "code"),
    [("demo", "other", "BS601"), ("stranger", "f1", "BS602")],
    ids=["a pool of ours that differs", "a pool of somebody else"],
)
def test_a_pool_that_somebody_makes_meanwhile_is_left_alone(name: str, fingerprint: str, code: str) -> None:
    world = World()
    there = pool_of(program(["a"], fingerprint=fingerprint))
    if name != "demo":
        there.metadata[0].value = name

    _, report = world.apply(program(["a"]), Options(hold=lambda _plan: world.batch.add_pool(there)))

    assert report.verdict is Verdict.REFUSED
    assert report.exit_code is ExitCode.SERVICE
    assert codes(report) == [code]
    assert "demo-job" not in world.batch.jobs


def test_a_job_of_ours_that_somebody_makes_meanwhile_and_that_differs_is_left_alone() -> None:
    world = World()
    there = job_of(program(["a"], fingerprint="other", on_all_tasks_complete="noaction"))

    _, report = world.apply(program(["a"]), Options(hold=lambda _plan: world.batch.add_job(there)))

    assert codes(report) == ["BS603"]
    assert report.diagnostics[0].pointer == "/job"


def test_a_job_that_appears_while_the_question_is_open_is_left_alone(project: Project) -> None:
    world = a_world(project)

    with pytest.raises(UsageError, match="has changed since the plan was made, and nothing was done"):
        world.apply(project.program(LARGER), Options(agree=meanwhile(world, project.program(OLD))))

    assert commands(world) == ["/bin/old", "/bin/b"]
    assert world.batch.pools["p"].view.body["vmSize"] == "Standard_D2s_v5"
    assert world.batch.jobs["j"].view.state == "active"


def test_a_job_that_appears_after_the_plan_keeps_its_pool(project: Project) -> None:
    world = a_world(project)
    asked = hold(world, project.program(OTHER))

    _, report = world.apply(project.program(LARGER), asked)

    assert codes(report) == ["BS606"]
    assert world.batch.pools["p"].view.body["vmSize"] == "Standard_D2s_v5"
    assert "j" not in world.batch.jobs


def test_a_pool_that_somebody_changes_after_the_plan_is_not_changed_on_top_of_that(project: Project) -> None:
    world = a_world(project)
    asked = hold(world, project.program(POOL.replace("dedicated: 2", "dedicated: 7")))

    _, report = world.apply(project.program(POOL.replace("dedicated: 2", "dedicated: 3")), asked)

    assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["BS601"])
    assert world.batch.pools["p"].view.target_nodes == 7


def test_a_pool_that_changes_by_itself_is_looked_at_again_before_it_goes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, etags = a_world(project), list[str | None]()
    delete = world.batch.delete_pool

    def changed(pool_id: str, etag: str | None = None) -> None:
        etags.append(etag)
        if len(etags) == 1:
            world.batch.patch_pool(pool_id, {"resizeTimeout": "PT20M"})
        delete(pool_id, etag)

    monkeypatch.setattr(world.batch, "delete_pool", changed)

    _, report = world.apply(project.program(LARGER), Options(agree=lambda _plan: True, wait=False))

    assert report.verdict is Verdict.SUBMITTED
    assert len(set(etags)) == len(etags) == 2
    assert world.batch.pools["p"].view.body["vmSize"] == "Standard_D4s_v5"


CHANGES: dict[str, tuple[str, str, str]] = {  # what is there, what is applied, and what somebody else does meanwhile
    "the job is made": (POOL, NEW, OLD),
    "tasks are added": (OLD, MORE, OLD.replace("{id: b,", "{id: c, command: /bin/x}, {id: b,")),
    "the job is replaced": (OLD, NEW, MORE),
    "the pool and the job are made": ("", NEW, OLD),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_job_of_another_content_is_not_taken_for_the_specs(project: Project, case: str) -> None:
    there, applied, other = CHANGES[case]
    world = a_world(project, there) if there else World({"a": Behaviour(seconds=60.0)})
    asked = hold(world, project.program(other))

    if case == "the job is replaced":  # which somebody has agreed to
        with pytest.raises(UsageError, match="has changed since the plan was made"):
            world.apply(project.program(applied), asked)
    else:
        _, report = world.apply(project.program(applied), asked)
        assert (report.verdict, codes(report)) == (Verdict.REFUSED, ["BS603"])

    alone = a_world(project, there) if there else World()
    alone.apply(project.program(other), START)
    assert commands(world) == commands(alone)


@pytest.mark.parametrize("there", ["", POOL], ids=["nothing", "the pool"])
def test_a_job_of_the_same_content_is_shared(project: Project, there: str) -> None:
    world = a_world(project, there) if there else World()

    _, report = world.apply(project.program(NEW), replace(hold(world, project.program(NEW)), wait=True))

    assert report.verdict is Verdict.SUCCEEDED


def rerun(project: Project, text: str) -> Program:
    return api.compile_program(project.spec(text), Placeholders(), "j-2")


@pytest.mark.parametrize(("other", "code"), [("/bin/old", []), ("/bin/x", ["BS603"])], ids=["equal", "another"])
def test_of_two_reruns_at_once_only_equal_ones_share_the_run(project: Project, other: str, code: list[str]) -> None:
    world = World()
    world.apply(project.program(OLD))
    asked = hold(world, rerun(project, OLD.replace("/bin/old", other)))

    _, report = world.apply(rerun(project, OLD), replace(asked, rerun=True))

    assert codes(report) == code
    assert commands(world, "j-2")[0] == other
