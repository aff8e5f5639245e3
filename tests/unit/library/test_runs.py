"""A run followed by its id alone: nothing but the service says what was asked for."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

import batchspec
from batchspec.compiler.program import Program
from batchspec.errors import NotFound, UsageError
from batchspec.ports import CONTAINER_KEY, MARKS, Counts, Fault
from batchspec.run import Options, Report
from batchspec.run.events import CountsMoved, Event, Finished, JobTerminated, TaskMoved
from batchspec.run.report import Verdict
from tests.support.fakes import Behaviour
from tests.support.place import run_in
from tests.support.project import HEAD, Project
from tests.support.world import World, codes, of

T = TypeVar("T")

TASKS = """\
tasks:
  - {id: a, command: /bin/true, outputs: [{path: out.txt}]}
  - {id: b, name: group, depends_on: [a], command: /bin/true}
  - {id: c, command: /bin/true}
"""
JOB = HEAD + TASKS
SCENES: dict[str, tuple[str, dict[str, Behaviour]]] = {
    "all goes well": (JOB, {}),
    "a task fails, and another waits for it": (JOB, {"a": Behaviour(exit_code=2, stderr="no\n")}),
    "a task fails, and nobody waits": (JOB, {"c": Behaviour(exit_code=1)}),
    "a task fails, and its dependents go on all the same": (
        JOB.replace("{id: a,", "{id: a, on_dependency_failure: satisfy,"),
        {"a": Behaviour(exit_code=1)},
    ),
    "a job that stays active": (JOB.replace("job: {id: demo", "job: {id: demo, on_all_tasks_complete: noaction"), {}),
    "a range of ids": (
        HEAD
        + "tasks:\n  - {id: 1, command: /bin/true}\n  - {id: 2, command: /bin/true}\n"
        + "  - {id: z, command: /bin/true, depends_on: [{start: 1, end: 2}]}\n",
        {"2": Behaviour(exit_code=1)},
    ),
}


def started(project: Project, text: str = JOB, behaviours: dict[str, Behaviour] | None = None) -> World:
    world = World(behaviours)
    world.apply(project.program(text), Options(wait=False))
    return world


def essence(report: Report) -> tuple[object, ...]:
    """What a report says, but for the times and places."""
    rows = [(row.id, row.state, row.succeeded, row.exit_code) for row in report.tasks]
    found = [(one.diagnostic.code, one.diagnostic.message, one.excerpt) for one in report.findings]
    return report.verdict, report.job_id, report.pool_id, report.counts, report.blocked, rows, found


@pytest.mark.parametrize(("text", "behaviours"), SCENES.values(), ids=SCENES)
def test_its_wait_comes_to_what_the_apply_comes_to(
    project: Project, text: str, behaviours: dict[str, Behaviour]
) -> None:
    _, wanted = World(behaviours).apply(project.program(text))

    report = run_in(started(project, text, behaviours)).wait()

    assert essence(report) == essence(wanted)


def test_what_is_found_has_no_place_in_a_spec_that_nobody_knows(project: Project) -> None:
    report = run_in(started(project, behaviours={"a": Behaviour(exit_code=2)})).wait()

    assert codes(report) == ["BS801", "BS802"]
    assert {found.span for found in report.diagnostics} == {None}


def at_the_end(world: World) -> None:
    for _ in range(100):
        world.clock.sleep(10.0)


def ended_while_it_runs(world: World) -> None:
    at_the_end(world)
    world.batch.end_job("demo", "somebody")


STANDINGS: dict[str, tuple[dict[str, Behaviour], Callable[[World], object], Verdict | None, Counts, int]] = {
    "it has just begun": ({}, lambda _world: None, None, Counts(active=3), 0),
    "its tasks run": (
        {"a": Behaviour(seconds=1e6), "c": Behaviour(seconds=1e6)},
        at_the_end,
        None,
        Counts(active=1, running=2),
        0,
    ),
    "all have succeeded": ({}, at_the_end, Verdict.SUCCEEDED, Counts(completed=3, succeeded=3), 0),
    "one failed that another waits for": (
        {"a": Behaviour(exit_code=2)},
        at_the_end,
        Verdict.FAILED,
        Counts(active=1, completed=2, succeeded=1, failed=1),
        1,
    ),
    "one failed, and others go on": (
        {"a": Behaviour(exit_code=2), "c": Behaviour(seconds=1e6)},
        at_the_end,
        None,
        Counts(active=1, running=1, completed=1, failed=1),
        1,
    ),
    "it was ended before it began": (
        {},
        lambda world: world.batch.end_job("demo", "somebody"),
        Verdict.BLOCKED,
        Counts(active=3),
        0,
    ),
    "it was ended while it ran": (
        {"a": Behaviour(seconds=1e6), "c": Behaviour(seconds=1e6)},
        ended_while_it_runs,
        Verdict.FAILED,
        Counts(active=1, completed=2, failed=2),
        1,
    ),
}


@pytest.mark.parametrize(("behaviours", "then", "verdict", "counts", "blocked"), STANDINGS.values(), ids=STANDINGS)
def test_its_status_says_how_far_it_is(
    project: Project,
    behaviours: dict[str, Behaviour],
    then: Callable[[World], object],
    verdict: Verdict | None,
    counts: Counts,
    blocked: int,
) -> None:
    slow = {task_id: Behaviour(seconds=5.0) for task_id in "abc"}
    world = started(project, behaviours={**slow, **behaviours})
    then(world)

    status = run_in(world).status()

    assert (status.verdict, status.counts, status.blocked) == (verdict, counts, blocked)
    assert status.done is (verdict is not None)


def asked(world: World, call: Callable[[], T]) -> int:
    before = world.batch.faults.count + world.blobs.faults.count
    call()
    return world.batch.faults.count + world.blobs.faults.count - before


def test_a_status_costs_two_requests_while_nothing_has_failed(project: Project) -> None:
    world = started(project)

    assert asked(world, run_in(world).status) == 2
    at_the_end(world)
    assert asked(world, run_in(world).status) == 2


def test_counts_that_lag_behind_the_job_make_no_verdict(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    world = started(project)
    at_the_end(world)
    assert world.batch.get_job("demo").state == "completed"
    monkeypatch.setattr(world.batch, "count_tasks", lambda _job_id: Counts(running=1, completed=2, succeeded=2))

    status = run_in(world).status()

    assert (status.verdict, status.counts.succeeded) == (Verdict.SUCCEEDED, 3)


def test_a_wait_without_the_time_for_it_says_what_runs(project: Project) -> None:
    report = run_in(started(project, behaviours={"a": Behaviour(seconds=1e6)})).wait(timeout=60.0)

    assert (report.verdict, report.running) == (Verdict.TIMED_OUT, ("a",))


def test_a_wait_ends_nothing_that_others_may_mend(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(exit_code=2)})

    events = list(batchspec.watch(run_in(world)))

    assert of(events, JobTerminated) == []
    assert world.batch.get_job("demo").state == "active"


def test_what_happens_is_told_and_the_report_comes_last(project: Project) -> None:
    events: list[Event] = list(batchspec.watch(run_in(started(project))))

    assert of(events, CountsMoved)
    assert {moved.task.id for moved in of(events, TaskMoved)} == {"a", "b", "c"}
    assert [index for index, event in enumerate(events) if isinstance(event, Finished)] == [len(events) - 1]


def test_a_run_that_an_apply_is_still_filling_is_waited_for_whole(project: Project) -> None:
    """The job holds one of two tasks, which ends long before the apply comes back to add the other and arm it."""
    made = project.program(HEAD + "tasks:\n  - {id: a, command: /bin/true}\n  - {id: b, command: /bin/true}\n")
    world = World()
    unfinished(world, made)
    filled = False

    def fill() -> None:
        nonlocal filled
        if world.clock.time > 40.0 and not filled:
            filled = True
            world.batch.add_tasks("demo", [made.tasks[1].body])
            world.batch.arm_job("demo")

    world.clock.listeners.append(fill)
    report = run_in(world).wait()

    assert report.verdict is Verdict.SUCCEEDED
    assert [row.id for row in report.tasks] == ["a", "b"]


def unfinished(world: World, made: Program) -> None:
    """An apply that has come as far as the first task."""
    assert made.pool is not None
    assert made.job is not None
    world.batch.add_pool(made.pool.body)
    action, made.job.body.on_all_tasks_complete = made.job.body.on_all_tasks_complete, None
    world.batch.add_job(made.job.body)
    made.job.body.on_all_tasks_complete = action
    world.batch.add_tasks("demo", [made.tasks[0].body])


def test_a_job_that_nobody_fills_any_more_is_not_called_done(project: Project) -> None:
    world = World()
    unfinished(
        world, project.program(HEAD + "tasks:\n  - {id: a, command: /bin/true}\n  - {id: b, command: /bin/true}\n")
    )

    run = run_in(world)
    report = run.wait()

    assert (report.verdict, codes(report)) == (Verdict.BLOCKED, ["BS815"])
    assert run.status().verdict is None


def test_its_tasks_are_told_with_what_can_never_run(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(exit_code=2)})
    at_the_end(world)

    assert [(row.id, row.state) for row in run_in(world).tasks()] == [
        ("a", "completed"),
        ("b", "blocked"),
        ("c", "completed"),
    ]


def test_it_says_why_it_does_not_go_on(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(exit_code=2)})
    at_the_end(world)

    (reason,) = run_in(world).why("b")

    assert '"a"' in reason.text
    assert reason.final


def test_its_logs_are_texts_by_task(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(stdout="one\ntwo\n", stderr="oh\n")})
    at_the_end(world)
    run = run_in(world)

    assert run.logs()["a"] == batchspec.TaskLog("one\ntwo\n", "oh\n")
    assert run.logs("a", tail=1)["a"].stdout == "two\n"
    assert run.logs("group") == {}
    assert [(event.task_id, event.text) for event in run.follow("a")] == [("a", "one\ntwo\n"), ("a", "oh\n")]
    with pytest.raises(UsageError, match='no task "x"'):
        run.logs("x")


def test_a_task_without_a_node_has_its_log_from_storage(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(stdout="gone\n")})
    at_the_end(world)
    world.batch.lost.add("a")
    world.blobs.containers["batchspec"]["outputs/demo/logs/a/stdout.txt"] = b"kept\n"

    assert run_in(world).logs("a")["a"].stdout == "kept\n"
    assert run_in(world, stores=False).logs("a") == {}


def with_outputs(project: Project) -> World:
    world = started(project)
    world.blobs.containers["batchspec"] = {
        "outputs/demo/tasks/a/out.txt": b"1",
        "outputs/demo/groups/group/b/deep/er.bin": b"22",
        "outputs/demo/logs/a/stdout.txt": b"a log is no output",
        "outputs/demo-2/tasks/a/out.txt": b"of another run",
    }
    return world


def test_its_outputs_are_named_by_task_and_path(project: Project) -> None:
    run = run_in(with_outputs(project))

    assert {(one.task_id, one.path, one.size) for one in run.outputs()} == {
        ("a", "out.txt", 1),
        ("b", "deep/er.bin", 2),
    }
    assert [one.path for one in run.outputs("b")] == ["deep/er.bin"]
    assert run.read("b", "deep/er.bin") == b"22"
    with pytest.raises(NotFound, match=r'no output "other\.txt"'):
        run.read("a", "other.txt")


def test_its_outputs_come_to_a_folder(project: Project, tmp_path: Path) -> None:
    run = run_in(with_outputs(project))

    assert run.download(tmp_path / "one", "a") == (tmp_path / "one/a/out.txt",)
    assert run.download(tmp_path / "all") == (tmp_path / "all/a/out.txt", tmp_path / "all/b/deep/er.bin")
    assert (tmp_path / "all/b/deep/er.bin").read_bytes() == b"22"


def test_an_output_whose_name_leads_out_of_the_folder_stays_where_it_is(project: Project, tmp_path: Path) -> None:
    world = with_outputs(project)
    world.blobs.containers["batchspec"]["outputs/demo/tasks/a/../../../../evil"] = b"x"

    run_in(world).download(tmp_path / "in")

    assert list(tmp_path.rglob("evil")) == []
    assert {path.name for path in (tmp_path / "in").rglob("*") if path.is_file()} == {"out.txt", "er.bin"}


def test_a_job_that_is_not_marked_with_its_container_says_so(project: Project) -> None:
    world = started(project)
    view = world.batch.jobs["demo"].view
    marks = {name: value for name, value in view.metadata.items() if name not in MARKS - {"batchspec:spec"}}
    object.__setattr__(view, "metadata", marks)

    with pytest.raises(NotFound) as caught:
        run_in(world).outputs()

    assert CONTAINER_KEY in str(caught.value.hint)


def test_a_cancel_ends_the_run_and_only_that(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(seconds=1e6)})
    world.apply(project.program(JOB.replace("job: {id: demo}", "job: {id: demo-2}")), Options(wait=False))
    run = run_in(world)
    world.clock.sleep(10.0)

    run.cancel()
    run.cancel()

    assert run.status().verdict is Verdict.FAILED
    assert world.batch.get_job("demo-2").state == "active"


def test_a_fault_of_the_service_is_asked_again(project: Project) -> None:
    world = started(project)
    at_the_end(world)
    world.batch.faults.k, world.batch.faults.kind = world.batch.faults.count + 1, "429"

    assert run_in(world).status().verdict is Verdict.SUCCEEDED


@pytest.mark.parametrize(
    "call",
    [
        batchspec.Run.status,
        batchspec.Run.tasks,
        batchspec.Run.wait,
        batchspec.Run.why,
        batchspec.Run.logs,
        batchspec.Run.outputs,
        batchspec.Run.cancel,
    ],
)
def test_a_run_that_is_gone_is_not_found(call: Callable[[batchspec.Run], object]) -> None:
    with pytest.raises(NotFound, match='there is no job "demo"') as caught:
        call(run_in(World()))

    assert "outputs/demo/" in str(caught.value.hint), "which on_finish leaves"


@pytest.mark.parametrize("container", ["batchspec", ""])
def test_of_a_run_whose_job_on_finish_has_deleted_this_is_said_where_its_container_is_known(
    project: Project, container: str
) -> None:
    world = World()
    world.apply(project.program(JOB + "on_finish: {job: delete}\n"))
    at_the_end(world)

    with pytest.raises(NotFound) as caught:
        replace(run_in(world), container=container).status()

    assert ("on_finish has deleted it" in caught.value.message) == bool(container)
    assert "outputs/demo/" in str(caught.value.hint)


def test_the_id_leads_to_the_same_run() -> None:
    run = batchspec.get_run("azure:nightly:job-3", environ={"AZURE_BATCH_ACCOUNT_KEY": "c2VjcmV0"})

    assert (run.target, run.job_id, run.id) == ("azure", "nightly:job-3", "azure:nightly:job-3")
    assert "c2VjcmV0" not in repr(run)
    assert pickle.loads(pickle.dumps(run)) == run  # noqa: S301  # our own
    assert len({run, batchspec.get_run(run.id)}) == 1


@pytest.mark.parametrize("wrong", ["", "demo", "local:", ":demo", "elsewhere:demo"])
def test_what_is_no_id_of_a_run_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="not the id of a run"):
        batchspec.get_run(wrong)


def test_a_spec_without_a_job_has_no_run_to_follow() -> None:
    run = run_in(World())
    pool_only = batchspec.Run(run.place, "local", None)

    with pytest.raises(UsageError, match="no run to follow"):
        _ = pool_only.id


def test_a_job_manager_is_a_task_of_its_run(project: Project) -> None:
    boss = "job_manager_task: {id: boss, command: /bin/true, kill_job_on_completion: false}"
    text = HEAD.replace("job: {id: demo}", f"job: {{id: demo, {boss}}}")
    world = World()
    world.batch.adds = ("x", "y")
    world.apply(project.program(text), Options(wait=False))

    report = run_in(world).wait()

    assert (report.verdict, [row.id for row in report.tasks]) == (Verdict.SUCCEEDED, ["boss", "x", "y"])


def test_a_pool_that_cannot_run_anything_is_told(project: Project) -> None:
    world = World()
    world.batch.nodes = 0
    world.batch.resize_errors = (Fault("AccountCoreQuotaReached", "no cores left"),)
    world.apply(project.program(JOB), Options(wait=False))

    report = run_in(world).wait()

    assert (report.verdict, codes(report)) == (Verdict.BLOCKED, ["BS805"])
