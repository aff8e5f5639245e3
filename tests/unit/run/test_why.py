"""The reasons, from the facts: a table of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from batchspec.ports import DRAINED_KEY, Fault, NodeView, PrepView, TaskView
from batchspec.run.why.facts import Facts
from batchspec.run.why.task import why_task
from batchspec.run.why.whole import why_job
from tests.support.facts import ALL, FULL, JOB, NODES, POOL, SHORT, active, ended, facts, running, taking
from tests.support.programs import elsewhere, program

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
    "the job was disabled": (
        "a", facts(*ALL, job=replace(JOB, state="disabled")), "BS807", True, ("is disabled, and starts no task",)),
    "the job is paused": (
        "a", facts(*ALL, job=replace(JOB, state="disabled", metadata={DRAINED_KEY: "demo-pool"})),
        "BS807", True, ('paused while pool "demo-pool" is replaced',)),
    "the job was disabled, and others still run": (
        "a", facts(active("a"), running("d"), job=replace(JOB, state="disabling")),
        "BS807", False, ("is disabled, and starts no task",)),
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
        "BS805", True, ('pool "demo-pool" got no nodes: The quota is used up (AccountCoreQuotaReached)',)),
    "there is quota for some nodes, which start": (
        "a", facts(*ALL, nodes=(NodeView("n0", "starting"),), pool=SHORT), None, False, ("1 starting",)),
    "there is quota for a node, and it is lost": (
        "a",
        facts(*ALL, nodes=(NodeView("n0", "unknown"),), pool=replace(SHORT, allocation="resizing")), "BS805", False,
        ("got 1 of 3 nodes: AccountCoreQuotaReached",)),
    "the pool is being resized": (
        "a",
        facts(*ALL, nodes=(), pool=replace(POOL, allocation="resizing", current_nodes=0, target_nodes=3,
              body={"allocationStateTransitionTime": "2026-01-01T00:09:00.1234567Z"})),
        None, False, ("is resizing: 0 of 3 nodes since 00:09:00 UTC (1 min 00 s)",)),
    "its nodes are starting": (
        "a", facts(*ALL, nodes=(NodeView("n0", "starting"), NodeView("n1", "waitingforstarttask"))), None, False,
        ("1 starting, 1 in the start task",)),
    "a node is starting, and others never come": (
        "a", facts(*ALL, nodes=(NodeView("n0", "starting"), NodeView("n1", "unknown"), NodeView("n2", "unusable"))),
        None, False, ("has no ready node yet: 1 starting",)),
    "nodes have gone, and the pool is being resized": (
        "a",
        facts(*ALL, nodes=(NodeView("n0", "unknown"),),
              pool=replace(POOL, allocation="resizing", current_nodes=1, target_nodes=3)),
        None, False, ("is resizing: 1 of 3 nodes",)),
    "somebody has disabled scheduling on its nodes": (
        "a", facts(*ALL, nodes=(NodeView("n0", "offline"), NodeView("n1", "offline"))), "BS804", True,
        ('can run no task: somebody has disabled scheduling on nodes "n0", "n1"',)),
    "what it waits for has no node": (
        "b", facts(active("a"), active("b"), nodes=(NodeView("n0", "unusable"),)), "BS804", True,
        ('waits for "a", which waits: pool "demo-pool" can run no task',)),
    "its formula asked for none": (
        "a",
        facts(*ALL, nodes=(), pool=replace(POOL, autoscale=True, target_nodes=0, current_nodes=0,
              body={"autoScaleRun": {"timestamp": "2026-01-01T00:05:00Z"}})),
        None, False, ("its formula asked for none at 00:05:00 UTC, 5 min 00 s ago",)),
    "its formula failed": (
        "a",
        facts(*ALL, nodes=(), pool=replace(POOL, autoscale=True, target_nodes=0, current_nodes=0,
              body={"autoScaleRun": {"error": {"code": "AutoScalingFormulaEvaluationError", "message": "No.",
                                               "values": [{"name": "Message", "value": "Line 1: why."}]}}})),
        "BS805", False, ('the formula of pool "demo-pool" failed: No: Line 1: why',)),
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
    "others may have taken what it leaves": (
        "a", facts(*ALL, sharing=("other",)), None, False,
        ('waits: this job leaves room on the nodes; job "other" uses the pool, too',)),
    "the job's own limit": (
        "d", facts(*FULL, active("d"), job=replace(JOB, body={"maxParallelTasks": 4})), None, False,
        ("the job may run 4 tasks at once, and 4 are running",)),
    "others have added it": (
        "x", facts(active("x"), running("a")), None, False, ("does not tell of it, so what for is not known here",)),
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
        facts(*GOOD, job=replace(JOB, state="completed", terminate_reason="AllTasksComplete")), [None],
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
    "some nodes are bad and others come": (
        facts(active("a"), nodes=(NodeView("n0", "starting"), NodeView("n1", "starttaskfailed", 1))), [None, "BS803"],
        ("no ready node yet: 1 starting", 'failed on node "n1"')),
    "the service gave it some of its nodes": (
        facts(running("a"), nodes=NODES[:1], pool=SHORT), ["BS805", None],
        ("got 1 of 3 nodes: AccountCoreQuotaReached", 'task "a" runs')),
    "others have added some": (
        facts(active("x"), active("a")), [None, None], ('task "a" waits: a node', 'task "x" waits: the spec does not')),
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
