"""What is known of a job and its surroundings at one moment, and what follows from it for its tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from batchspec.ports import JobView, NodeView, PoolView, PrepView, TaskView
from batchspec.run.blocked import Dependents, lets_go, numbered_among, parents_of
from batchspec.run.context import Run
from batchspec.run.report import Finding

if TYPE_CHECKING:
    from batchspec.compiler.program import Made


@dataclass(frozen=True)
class Reason:
    """Why something does not move, or that it has no need to.

    text: one sentence; code: of the finding where something is wrong; final: nothing will move until somebody acts.
    task_ids: the first of the tasks that it is about, none for all; excerpt: the last lines of what failed.
    """

    text: str
    code: str | None = None
    final: bool = False
    hint: str | None = None
    since: datetime | None = None
    task_ids: tuple[str, ...] = ()
    excerpt: str = ""

    @classmethod
    def of(cls, found: Finding, *task_ids: str, final: bool = True, excerpt: str = "") -> Reason:
        """The reason that a finding of a watch gives."""
        one = found.diagnostic
        return cls(one.message, one.code, final, one.hint, None, task_ids, excerpt)


@dataclass(frozen=True)
class Facts:
    """Nothing of it changes, and nothing is asked for.

    run: the program, and its places in the spec. tasks: all that the job has, in the order of its queue; sharing: the
    other jobs that may run something on the pool; excerpts: last lines by task, or by node.
    """

    run: Run
    now: datetime
    job: JobView | None = None
    pool: PoolView | None = None
    nodes: tuple[NodeView, ...] = ()
    preparations: tuple[PrepView, ...] = ()
    tasks: Mapping[str, TaskView] = field(default_factory=dict)
    sharing: tuple[str, ...] = ()
    excerpts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def made(self) -> dict[str, Made[Any]]:
        """The spec's tasks, by id."""
        return {str(made.body.id): made for made in self.run.program.tasks}

    @cached_property
    def _numbered(self) -> list[tuple[int, str]]:
        return numbered_among(self.made)

    @cached_property
    def _dependents(self) -> Dependents:
        return Dependents(self.run.program.tasks)

    @cached_property
    def blocked(self) -> frozenset[str]:
        """The tasks that can never run, because of how others ended."""
        return self._dependents.blocked(view for view in self.tasks.values() if view.state == "completed")

    @cached_property
    def _held(self) -> dict[str, int]:
        return {}

    def blocked_by(self, view: TaskView) -> int:
        """How many tasks can never run because of how this one ended."""
        if view.id not in self._held:  # of many that wait for the same one it is asked again and again
            self._held[view.id] = len(self._dependents.blocked([view]))
        return self._held[view.id]

    def waiting_for(self, task_id: str) -> int:
        """How many tasks of the spec wait for this one, and not only through others."""
        return self._dependents.waiting_for(task_id)

    def body(self, task_id: str) -> Any:
        """The request body of a task of the spec; None for one that others added."""
        made = self.made.get(task_id)
        return None if made is None else made.body

    def of_state(self, *states: str) -> list[TaskView]:
        """The job's tasks in these states, in the order of its queue."""
        return [view for view in self.tasks.values() if view.state in states]

    @cached_property
    def under_way(self) -> list[TaskView]:
        """The job's tasks that run, or are about to."""
        return self.of_state("running", "preparing")

    def unmet(self, task_id: str) -> list[str]:
        """The tasks that a task waits for still."""
        body = self.body(task_id)
        return [] if body is None else [one for one in self._parents(body) if not self._lets_go(one)]

    def _parents(self, body: Any) -> Sequence[str]:
        return list(parents_of(body.depends_on, self._numbered))

    def _lets_go(self, task_id: str) -> bool:
        view, body = self.tasks.get(task_id), self.body(task_id)
        if view is None or view.state != "completed":
            return False
        return bool(view.succeeded) if body is None else lets_go(body, view)

    @cached_property
    def ready(self) -> list[str]:
        """The tasks that wait for nothing but a node, in the order of the queue."""
        return [view.id for view in self.of_state("active") if not self.unmet(view.id)]

    @cached_property
    def ahead(self) -> dict[str, int]:
        """How many tasks are before each of these in the queue."""
        return {task_id: at for at, task_id in enumerate(self.ready)}
