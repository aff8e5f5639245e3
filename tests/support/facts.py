"""A job, its tasks and its pool, as they are known at one moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from azure.batch.models import MultiInstanceSettings

from batchspec.compiler.program import Program
from batchspec.ports import Fault, JobView, NodeView, PoolView, TaskView
from batchspec.run.context import Run
from batchspec.run.retry import retrying
from batchspec.run.why.facts import Facts
from tests.support.fakes import EPOCH, FakeBatch, FakeBlob, FakeClock
from tests.support.programs import program

NOW = EPOCH + timedelta(minutes=10)
POOL = PoolView("demo-pool", "active", "steady", "1", {}, 2, 2, body={"taskSlotsPerNode": 2})
SHORT = replace(POOL, current_nodes=1, target_nodes=3, resize_errors=(Fault("AccountCoreQuotaReached", ""),))
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
