"""The reasons, from the facts: a table of each; and that watches end with the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from azure.batch.models import MultiInstanceSettings

from batchspec.compiler.program import Finish, Program
from batchspec.errors import UsageError
from batchspec.ports import DRAINED_KEY, Fault, JobView, NodeView, PoolView, PrepView, TaskView
from batchspec.run import Verdict
from batchspec.run.blocked import Dependents
from batchspec.run.context import Run
from batchspec.run.retry import retrying
from batchspec.run.why.facts import Facts, Reason
from batchspec.run.why.gather import why
from batchspec.run.why.task import why_task
from batchspec.run.why.whole import why_job
from tests.support.fakes import EPOCH, Behaviour, FakeBatch, FakeBlob, FakeClock
from tests.support.programs import elsewhere, program
from tests.support.world import World, codes

NOW = EPOCH + timedelta(minutes=10)
POOL = PoolView("demo-pool", "active", "steady", "1", {}, 2, 2, body={"taskSlotsPerNode": 2})
JOB = JobView("demo-job", "active", "1", {}, "demo-pool", armed=True)
NODES = (NodeView("n0", "idle"), NodeView("n1", "idle"))
CHAIN = program({"a": [], "b": ["a"], "c": ["b"], "d": []}, prepare=True)


def active(task_id: str) -> TaskView:
    return TaskView(task_id, "active", EPOCH)


def running(task_id: str, node: str = "n0", minutes: int = 2, **more: Any) -> TaskView:
    begun = NOW - timedelta(minutes=minutes)
    return TaskView(task_id, "running", begun, started=begun, node_id=node, **more)


def ended(task_id: str, code: int = 0) -> TaskView:
    at = NOW - timedelta(seconds=30)
    return TaskView(task_id, "completed", at, succeeded=not code, exit_code=code, started=EPOCH, ended=at, node_id="n0")


def facts(*views: TaskView, made: Program = CHAIN, **more: Any) -> Facts:
    clock = FakeClock()
    clock.time = 600.0
    run = Run(made, FakeBatch(clock), FakeBlob(), clock, retrying(clock))
    found: dict[str, Any] = {"job": JOB, "pool": POOL, "nodes": NODES, **more}
    return Facts(run, NOW, tasks={view.id: view for view in views}, **found)


def taking(slots: int = 1, nodes: int = 0) -> Program:
    """A program whose task "big" takes that much; "small" takes one slot."""
    made = program(["big", "small"])
    body = made.tasks[0].body
    body.required_slots = slots
    if nodes:
        body.multi_instance_settings = MultiInstanceSettings(number_of_instances=nodes, coordination_command_line="x")
    return made


ALL = (active("a"), active("b"), active("c"), active("d"))
FULL = tuple(running(f"x{at}", f"n{at % 2}") for at in range(4))

# the task asked for, the facts, the code, whether it is final, and words of the sentence
TASKS: dict[str, tuple[str, Facts, str | None, bool, tuple[str, ...]]] = {
    "it runs": ("a", facts(running("a")), None, False, ('task "a" runs on n0', "since 00:08:00 UTC (2 min 00 s)")),
    "it runs for the third time": ("a", facts(running("a", retries=2)), None, False, ("try 3",)),
    "it is being prepared": (
        "a", facts(replace(running("a"), state="preparing")), None, False, ("its files are fetched on n0",)),
    "the node is being prepared for the job": (
        "a",
        facts(replace(running("a"), state="preparing"), preparations=(PrepView("n0", "running", None),)),
        None, False, ("waits for the job preparation task on n0",),
    ),
    "it has succeeded": ("a", facts(ended("a")), None, False, ("succeeded at 00:09:30 UTC, 30 s ago",)),
    "it has failed": (
        "a", facts(ended("a", 1), active("b"), active("c")), "BS801", True,
        ("failed with exit code 1", "30 s ago", "blocks 2 tasks")),
    "it waits for one that runs": (
        "b", facts(running("a"), active("b")), None, False, ('waits for "a", which runs on n0 since 00:08:00 UTC',)),
    "it waits for one that waits": (
        "c", facts(running("a"), active("b"), active("c")), None, False,
        ('waits for "b"', 'in the end for "a", which runs on n0')),
    "it waits for one that is not there": ("b", facts(active("b")), None, False, ('"a", which the job does not hold',)),
    "it can never run": (
        "c", facts(ended("a", 3), active("b"), active("c")), "BS802", True,
        ('"a" failed with exit code 3 and blocks 2 tasks',)),
    "the job does not hold it": ("d", facts(active("a")), "BS815", True, ("has 1 of 4",)),
    "there is no job": ("a", facts(job=None), None, True, ("is not there",)),
    "the job was disabled": ("a", facts(*ALL, job=replace(JOB, state="disabled")), "BS807", True, ("was disabled",)),
    "the job is paused": (
        "a", facts(*ALL, job=replace(JOB, state="disabled", metadata={DRAINED_KEY: "demo-pool"})),
        "BS807", True, ('paused while pool "demo-pool" is replaced',)),
    "the job was disabled, and others still run": (
        "a", facts(active("a"), running("d"), job=replace(JOB, state="disabling")),
        "BS807", False, ("was disabled",)),
    "the job ended before it": (
        "a", facts(*ALL, job=replace(JOB, state="completed", terminate_reason="MaxWallClockTimeExpiry")),
        "BS807", True, ("was ended at its limit",)),
    "the pool was deleted": ("a", facts(*ALL, pool=None), "BS810", True, ("was deleted",)),
    "the pool is being deleted": (
        "a", facts(*ALL, pool=replace(POOL, state="deleting")), "BS810", True, ("is being deleted",)),
    "the service makes the pool": (
        "a", facts(*ALL, made=elsewhere(program(["a"]), None)), None, False, ("has still to make the job's pool",)),
    "the pool has no nodes": (
        "a", facts(*ALL, pool=replace(POOL, target_nodes=0, current_nodes=0), nodes=()), "BS805", True,
        ("has no nodes and asks for none",)),
    "there is no quota": (
        "a",
        facts(*ALL, nodes=(), pool=replace(
            POOL, current_nodes=0, resize_errors=(Fault("AccountCoreQuotaReached", "The quota is used up."),))),
        "BS805", True, ("got no nodes", "The quota is used up")),
    "the pool is being resized": (
        "a",
        facts(*ALL, nodes=(), pool=replace(POOL, allocation="resizing", current_nodes=0, target_nodes=3,
              body={"allocationStateTransitionTime": "2026-01-01T00:09:00.1234567Z"})),
        None, False, ("is resizing: 0 of 3 nodes since 00:09:00 UTC (1 min 00 s)",)),
    "its nodes are starting": (
        "a", facts(*ALL, nodes=(NodeView("n0", "starting"), NodeView("n1", "waitingforstarttask"))), None, False,
        ("1 starting, 1 waitingforstarttask",)),
    "its formula asked for none": (
        "a",
        facts(*ALL, nodes=(), pool=replace(POOL, autoscale=True, target_nodes=0, current_nodes=0,
              body={"autoScaleRun": {"timestamp": "2026-01-01T00:05:00Z"}})),
        None, False, ("its formula asked for none at 00:05:00 UTC, 5 min 00 s ago",)),
    "its formula failed": (
        "a",
        facts(*ALL, nodes=(), pool=replace(POOL, autoscale=True, target_nodes=0, current_nodes=0,
              body={"autoScaleRun": {"error": {"code": "AutoScalingFormulaEvaluationError", "message": "No."}}})),
        "BS805", False, ("its formula failed: No",)),
    "the start task failed everywhere": (
        "a",
        facts(*ALL, nodes=(NodeView("n0", "starttaskfailed", 7),), excerpts={"n0": "no such package"}),
        "BS803", True, ('the start task failed on node "n0" with exit code 7', "can run no task")),
    "all nodes are unusable": (
        "a", facts(*ALL, nodes=(NodeView("n0", "unusable", errors=(Fault("DiskFull", "no disk"),)),)), "BS804", True,
        ('calls node "n0" unusable: no disk',)),
    "the preparation failed everywhere": (
        "a",
        facts(*ALL, preparations=tuple(PrepView(n.id, "completed", False, 1) for n in NODES)), "BS806", True,
        ("the job preparation task failed on nodes",)),
    "it takes more slots than a node has": (
        "big", facts(active("big"), made=taking(4)), "BS814", True, ("takes 4 slots", "has 2")),
    "it takes more nodes than the pool has": (
        "big", facts(active("big"), made=taking(nodes=3)), "BS814", True, ("takes 3 nodes at once", "has 2")),
    "it waits for nodes that are free at once": (
        "big", facts(active("big"), running("small"), made=taking(nodes=2)), None, False,
        ("2 nodes at once are needed, and 1 of 2 are free",)),
    "it waits for several slots of one node": (
        "big", facts(active("big"), running("small"), nodes=NODES[:1], made=taking(2)), None, False,
        ("2 slots of one node are needed, and none has as many free",)),
    "all slots are busy": (
        "d", facts(*FULL, active("a"), active("d")), None, False,
        ("all 4 slots are busy; 4 tasks of the job under way; 1 task is before it in the queue",)),
    "others use the pool": (
        "a", facts(*FULL, active("a"), sharing=("other",)), None, False, ('job "other" uses the pool, too',)),
    "the job's own limit": (
        "d", facts(*FULL, active("d"), job=replace(JOB, body={"maxParallelTasks": 4})), None, False,
        ("runs 4 tasks at once at the most, and 4 run",)),
    "nothing is in its way": ("a", facts(*ALL), None, False, ("the service has still to start it",)),
}  # fmt: skip


@pytest.mark.parametrize(("task_id", "given", "code", "final", "words"), TASKS.values(), ids=TASKS)
def test_why_a_task_does_not_run(
    task_id: str, given: Facts, code: str | None, final: bool, words: tuple[str, ...]
) -> None:
    found = why_task(given, task_id)

    assert (found.code, found.final) == (code, final), found.text
    assert [word for word in words if word not in found.text] == [], found.text
    assert found.task_ids == (task_id,)


GOOD = (ended("a"), ended("b"), ended("c"), ended("d"))
JOBS: dict[str, tuple[Facts, list[str | None], tuple[str, ...]]] = {
    "it was never applied": (facts(job=None), [None], ("never applied",)),
    "it is done": (
        facts(*GOOD, job=replace(JOB, state="completed", terminate_reason="AllTasksCompleted")), [None],
        ("has completed: 4 succeeded",)),
    "it is being deleted": (facts(job=replace(JOB, state="deleting")), [None], ("is being deleted",)),
    "the service ends it": (facts(*GOOD), [None], ("is about to end it",)),
    "nobody ends it": (
        facts(*GOOD, job=replace(JOB, armed=False), made=program(["a"], on_all_tasks_complete=None)), [None],
        ("stays active until somebody ends it",)),
    "it holds some of its tasks": (
        facts(active("a"), job=replace(JOB, armed=False)), ["BS815", None], ("holds 1 of 4 tasks", "to start it")),
    "nobody armed it": (facts(*GOOD, job=replace(JOB, armed=False)), ["BS815"], ("nobody let it end with them",)),
    "a failure blocks the rest": (
        facts(ended("a", 1), active("b"), active("c"), ended("d")), ["BS801"], ("blocks 2 tasks",)),
    "tasks wait for one that runs": (
        facts(running("a"), active("b"), active("c"), ended("d")), [None, None],
        ('task "b" waits for "a", which runs', 'task "a" runs')),
    "one kind fits nowhere and another waits": (
        facts(active("big"), active("small"), made=taking(4)), ["BS814", None],
        ("takes 4 slots", 'task "small" waits')),
    "some nodes are bad": (
        facts(running("a"), nodes=(NodeView("n0", "running"), NodeView("n1", "starttaskfailed", 1))), ["BS803", None],
        ('failed on node "n1"', 'task "a" runs')),
    "the pool is gone": (facts(*ALL, pool=None), ["BS810"], ('was deleted; 2 tasks ("a", "d") wait',)),
    "many wait for slots": (
        facts(*FULL, active("a"), active("d")), [None, None],
        ('2 tasks ("a", "d") wait: all 4 slots are busy', "4 tasks run, the longest")),
}  # fmt: skip


@pytest.mark.parametrize(("given", "found", "words"), JOBS.values(), ids=JOBS)
def test_why_a_job_does_not_go_on(given: Facts, found: list[str | None], words: tuple[str, ...]) -> None:
    reasons = why_job(given)

    text = "\n".join(reason.text for reason in reasons)
    assert [reason.code for reason in reasons] == found, text
    assert [word for word in words if word not in text] == [], text


@pytest.mark.parametrize("given", [one[1] for one in TASKS.values()], ids=TASKS)
def test_a_job_has_always_a_reason(given: Facts) -> None:
    assert why_job(given)


def test_a_ring_of_tasks_that_others_added_ends_the_search() -> None:
    made = program({"a": ["b"], "b": ["a"]})

    assert 'waits for "b"' in why_task(facts(active("a"), active("b"), made=made), "a").text


def asked(world: World, made: Program, *names: str) -> tuple[Reason, ...]:
    return why(made, world.batch, world.blobs, world.clock, names)


def test_what_is_asked_of_the_service_is_enough_for_a_sentence_with_evidence() -> None:
    made = program({"a": [], "b": ["a"]})
    world = World({"a": Behaviour(exit_code=1, stderr="no such file\n")})
    world.apply(made)

    (reason,) = asked(world, made, "b")

    assert (reason.code, reason.excerpt) == ("BS802", "no such file")
    assert [(one.code, one.excerpt) for one in asked(world, made)] == [("BS802", ""), ("BS801", "no such file")]


def test_of_a_failed_start_task_the_last_lines_are_told() -> None:
    made = program(["a"])
    world = World(node_state="starttaskfailed")
    world.batch.node_files["startup/stderr.txt"] = "E: no such package\n"
    _, report = world.apply(made)
    assert report.verdict is Verdict.BLOCKED

    (reason,) = asked(world, made, "a")

    assert (reason.code, reason.excerpt) == ("BS803", "E: no such package")


def test_a_task_that_nobody_knows_is_a_usage_error_with_the_nearest() -> None:
    made = program(["split"])

    with pytest.raises(UsageError) as caught:
        asked(World(), made, "splt")

    assert caught.value.hint == 'did you mean "split"?'


def test_before_an_apply_it_says_so() -> None:
    (reason,) = asked(World(), program(["a"]))

    assert "never applied" in reason.text


# the same reasons end a watch: what takes too much is named, and the rest runs first
MISFITS: Mapping[str, Callable[[], Program]] = {
    "slots": lambda: taking(4),
    "nodes": lambda: taking(nodes=5),
}


@pytest.mark.parametrize("made", MISFITS.values(), ids=MISFITS)
def test_a_watch_ends_when_all_that_is_left_fits_no_node(made: Callable[[], Program]) -> None:
    world = World()
    world.batch._let_go = lambda job, task: task.view.id != "big"  # type: ignore[method-assign]  # noqa: ARG005

    _, report = world.apply(made())

    assert codes(report) == ["BS814"]
    assert report.verdict is Verdict.BLOCKED
    assert report.counts.succeeded == 1


def test_a_moment_of_another_day_has_its_date() -> None:
    given = facts(replace(running("a"), started=datetime.fromisoformat("2025-12-31T23:00:00+00:00")))

    assert "since 2025-12-31 23:00:00 UTC (1 h 10 min)" in why_task(given, "a").text


def adding(*views: TaskView, **more: Any) -> Facts:
    """Of a job whose tasks its manager adds."""
    return facts(*views, made=program(["a", "b"], manager=True), **more)


ADDED: dict[str, tuple[Facts, str | None, bool, str]] = {
    "the manager runs": (adding(running("manager")), None, False, 'which "manager" adds, which runs on n0'),
    "the manager waits": (
        adding(active("manager"), pool=replace(POOL, allocation="resizing", target_nodes=3), nodes=()), None, False,
        'which "manager" adds, which waits: pool "demo-pool" is resizing'),
    "the manager failed": (adding(ended("manager", 1)), "BS801", True, '"manager" failed with exit code 1'),
    "the manager is done": (adding(ended("manager"), active("b")), None, True, '"manager" succeeded'),
    "there is no manager": (facts(active("a")), "BS815", True, "an apply that was interrupted"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "code", "final", "words"), ADDED.values(), ids=ADDED)
def test_why_a_task_is_not_in_the_job_yet(given: Facts, code: str | None, final: bool, words: str) -> None:
    found = why_task(given, "d" if "d" in given.made else "a")

    assert (found.code, found.final) == (code, final), found.text
    assert words in f"{found.text}; {found.hint}"


def test_of_very_many_tasks_that_fit_no_node_some_are_named() -> None:
    made = program([f"t{at}" for at in range(2000)])
    for one in made.tasks:
        one.body.required_slots = 4
    given = facts(*(active(one.body.id) for one in made.tasks), made=made)

    reasons = why_job(given)

    assert [reason.code for reason in reasons] == ["BS814"] * 6
    assert reasons[-1].text == "1,995 more tasks fit no node"


def counted(monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> list[object]:
    """Grows with every call of a method."""
    calls: list[object] = []
    method = getattr(kind, name)

    def call(self: object, *args: object) -> object:
        calls.append(args)
        return method(self, *args)

    monkeypatch.setattr(kind, name, call)
    return calls


def test_very_many_tasks_that_wait_for_several_slots_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = program([f"t{at}" for at in range(2000)])
    for one in made.tasks:
        one.body.required_slots = 2
    given = facts(*FULL, *(active(one.body.id) for one in made.tasks), made=made)
    sweeps = counted(monkeypatch, Facts, "of_state")

    why_job(given)

    assert len(sweeps) < 30


def test_of_very_many_tasks_that_are_asked_for_each_costs_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made = program([f"t{at}" for at in range(500)])
    given = facts(*FULL, *(active(one.body.id) for one in made.tasks), made=made)
    sweeps = counted(monkeypatch, Facts, "of_state")

    found = [why_task(given, one.body.id) for one in made.tasks]

    assert found[-1].text.endswith("499 tasks are before it in the queue")
    assert len(sweeps) < 30


def test_of_very_many_that_failed_those_that_block_the_most_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    parents: dict[str, list[str]] = (
        {f"f{at}": [] for at in range(300)} | {f"c{at}": ["f200"] for at in range(5)} | {"z": ["f7"]}
    )
    given = facts(*(ended(one, 1) for one in parents if one.startswith("f")), made=program(parents))
    walks = counted(monkeypatch, Dependents, "blocked")

    reasons = [one for one in why_job(given) if one.code == "BS801"]

    assert [one.task_ids for one in reasons[:2]] == [("f200",), ("f7",)]
    assert reasons[-1].text == "295 more tasks failed"
    assert len(walks) < 50


def test_a_job_that_on_finish_deletes_is_told_to_be_where_it_may_be() -> None:
    (reason,) = asked(World(), program(["a"], finish=Finish(job="delete")))

    assert "on_finish deletes it then" in reason.text
    assert "batchspec logs" in str(reason.hint)
