"""What a service in memory holds of a pool, a job and a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from batchspec.ports import JobView, NodeView, PoolView, TaskView
from batchspec.service.bodies import wire
from tests.support.scaling import Scaling


@dataclass(frozen=True)
class Behaviour:
    """What a task does when it runs; seconds is how long it takes."""

    exit_code: int = 0
    seconds: float = 1.0
    stdout: str = ""
    stderr: str = ""
    endless: bool = False  # it prints its stdout again whenever somebody has read all of it


@dataclass
class FakeTask:
    body: Any
    view: TaskView
    until: float = 0.0
    limits: dict[str, Any] | None = None  # the constraints, once they were updated


@dataclass
class FakeJob:
    view: JobView
    order: list[str] = field(default_factory=list)
    tasks: dict[str, FakeTask] = field(default_factory=dict)
    gone_at: float | None = None


@dataclass
class FakePool:
    view: PoolView
    nodes: list[NodeView]
    gone_at: float | None = None
    steady_at: float = 0.0  # when nodes have booted again, and those that leave have left
    targets: tuple[int, int] = (0, 0)  # dedicated and spot, as a formula gave them
    scaling: Scaling = field(default_factory=Scaling)
    formula_at: float = -1e9  # when autoscale was enabled by a request of its own


def told(task: FakeTask) -> dict[str, Any]:
    limits = {} if task.limits is None else {"constraints": task.limits}
    return {**wire(task.body), **limits, "state": task.view.state}
