"""What is known of a job's tasks, brought up to date by what changed and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from batchspec.ports import Counts, TaskView
from batchspec.run.blocked import Dependents
from batchspec.run.report import TaskRow

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

KEPT = 2000  # rows of tasks that succeeded; those that did not are all kept
_MARGIN = timedelta(seconds=0.25)
_WHOLE = timedelta(hours=1)


class Tracker:
    """The last known state of every task that has ever left the queue.

    The service stamps a change before anyone can list it, and its parts have clocks of their own. So each
    listing reaches back a margin behind the newest stamp seen, and what is known already is left out; when
    the counts know of more completed tasks than we do, the margin grows until the listing is whole again.
    """

    def __init__(
        self, tasks: Sequence[Made[Any]], margin: timedelta = _MARGIN, only: Sequence[str] | None = None
    ) -> None:
        """tasks: those of the spec. margin: how far a listing reaches back. only: the ids that count; None for all."""
        self._tasks = tasks
        self._only = only
        self.completed = 0
        self._others = 0  # of these
        self.failed: dict[str, TaskView] = {}
        self.running: dict[str, TaskView] = {}  # preparing or running
        self._rows: dict[str, TaskRow] = {}
        self._known: dict[str, tuple[str, datetime, int]] = {}
        self._newest: datetime | None = None
        self._least = self._margin = margin
        self._blocked: frozenset[str] | None = None  # to be found anew

    @property
    def done(self) -> int:
        """How many of the tasks that count have completed."""
        return self.completed - self._others

    @property
    def since(self) -> datetime | None:
        """Where the next listing starts; None for the beginning."""
        return None if self._newest is None else self._newest - self._margin

    @property
    def seen(self) -> Collection[str]:
        """The ids of all tasks that have been seen, in that order."""
        return self._known.keys()

    @property
    def blocked(self) -> frozenset[str]:
        """The tasks that can never run, because of how others ended."""
        if self._blocked is None:
            self._blocked = self._dependents.blocked(self.failed.values()) if self.failed else frozenset()
        return self._blocked

    @cached_property
    def _dependents(self) -> Dependents:
        return Dependents(self._tasks)

    def update(self, view: TaskView) -> bool:
        """Take in a view; whether it is news."""
        before = self._known.get(view.id)
        now = (view.state, view.since, view.retries)
        if before == now or (before is not None and before[1] > view.since):
            return False
        self._known[view.id] = now
        if self._newest is None or view.since > self._newest:
            self._newest = view.since
        if before is not None and before[0] == "completed":
            # Completed tasks come back when somebody reactivates them.
            self.completed -= 1
            self._others -= not self._counts(view.id)
            if self.failed.pop(view.id, None) is not None:
                self._blocked = None
        if view.state in ("running", "preparing"):
            self.running[view.id] = view
        else:
            self.running.pop(view.id, None)
        if view.state == "completed":
            self.completed += 1
            self._others += not self._counts(view.id)
            if not view.succeeded and self._counts(view.id):
                self.failed[view.id] = view
                self._blocked = None
        if len(self._rows) < KEPT or view.id in self._rows or view.id in self.failed:
            self._rows[view.id] = TaskRow.of(view)
        return True

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(self._only or ())

    @cached_property
    def _lower(self) -> frozenset[str]:
        return frozenset(map(str.lower, self._ids))

    def _counts(self, task_id: str) -> bool:
        """The service takes no notice of the case of an id; it is seldom another."""
        return self._only is None or task_id in self._ids or task_id.lower() in self._lower

    def retries(self, task_id: str) -> int:
        """How often the task had been tried again when it was last seen."""
        known = self._known.get(task_id)
        return known[2] if known else 0

    def forget(self, task_id: str) -> None:
        """Somebody deleted a task that was under way."""
        self.running.pop(task_id, None)
        self._known.pop(task_id, None)
        self._rows.pop(task_id, None)

    def forget_others(self, there: Collection[str]) -> None:
        """All that has not completed and is not there: it waits again, its node lost, or somebody deleted it."""
        gone = [known for known, (state, *_) in self._known.items() if state != "completed" and known not in there]
        for task_id in gone:
            self.forget(task_id)

    def reconcile(self, counts: Counts) -> bool:
        """Whether all that had completed when the counts were taken is known; if not, look further back."""
        if self.completed >= counts.completed:
            self._margin = self._least
            return True
        self._margin *= 4
        if self._margin > _WHOLE:
            self._newest, self._margin = None, self._least
        return False

    def is_known(self, task_id: str, state: str) -> bool:
        """Whether the task was in that state when it was last seen."""
        known = self._known.get(task_id)
        return known is not None and known[0] == state

    def succeeded(self, task_id: str) -> bool:
        """Whether the task has completed well."""
        return self.is_known(task_id, "completed") and task_id not in self.failed

    def rows(self, task_ids: Sequence[str], absent: frozenset[str] = frozenset()) -> tuple[tuple[TaskRow, ...], int]:
        """The report's rows in the order given, at most KEPT, and how many tasks are left out.

        absent: those that the job does not hold. Tasks that did not succeed go before those that did.
        """
        blocked = self.blocked - absent
        bad = [task_id for task_id in task_ids if task_id in blocked or task_id in self.failed]
        shown = set(bad[:KEPT])
        for task_id in task_ids:
            if len(shown) >= KEPT:
                break
            if task_id in self._rows or task_id not in self._known:
                shown.add(task_id)
        rows = tuple(self._row(task_id, blocked, absent) for task_id in task_ids if task_id in shown)
        return rows, len(task_ids) - len(rows)

    def _row(self, task_id: str, blocked: frozenset[str], absent: frozenset[str]) -> TaskRow:
        if task_id in absent:
            return TaskRow(task_id, "not_added")
        if task_id in blocked:
            return TaskRow(task_id, "blocked")
        return self._rows.get(task_id) or TaskRow(task_id, "active")
