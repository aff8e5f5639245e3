"""The tasks that somebody asked for, brought up to date by what changed and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from batchspec.compiler.members import task_ids as task_ids_of
from batchspec.diag.nearest import nearest
from batchspec.errors import NotFound, UsageError
from batchspec.ports import TaskView
from batchspec.run.context import Run
from batchspec.run.events import Event

_ONE_BY_ONE = 20  # tasks that are asked for by name, rather than listed
_WHOLE_EVERY = 30  # listings of what changed for one of everything: a change can be missed
_MARGIN = timedelta(seconds=5)  # how far a listing reaches back


class Asked:
    """Those of a job with these ids, or all. Raises UsageError for one that is nobody's."""

    def __init__(self, run: Run, wanted: Collection[str] | None) -> None:
        self._run = run
        self._wanted = wanted if wanted is None else set(wanted)
        self._by_name = list(wanted) if wanted is not None and len(wanted) <= _ONE_BY_ONE else None
        self._order = {task_id: at for at, task_id in enumerate(wanted or ())}
        self._live: dict[str, TaskView] = {}
        self._completed: list[TaskView] = []
        self._done: set[str] = set()
        self._newest: datetime | None = None
        self._turn = 1

    @property
    def known(self) -> Collection[str]:
        """The ids of all that have been seen."""
        return [*self._done, *self._live]

    @property
    def running(self) -> list[TaskView]:
        """Those that run."""
        return self._sorted(view for view in self._live.values() if view.state == "running")

    def take_completed(self) -> list[TaskView]:
        """Those that have completed since the last call, in the order of the spec."""
        taken, self._completed = self._sorted(self._completed), []
        return taken

    def refresh(self, *, whole: bool) -> Generator[Event, None, None]:
        """Ask for them again. whole: for all, not only what changed."""
        whole = whole or self._newest is None or self._turn % _WHOLE_EVERY == 0
        self._turn += 1
        views = yield from self._ask(whole=whole)
        if whole or self._by_name is not None:
            # What ran and is not among them waits again, its node lost, or was deleted.
            there = {view.id for view in views}
            self._live = {task_id: view for task_id, view in self._live.items() if task_id in there}
        for view in views:
            if view.id in self._done or (self._wanted is not None and view.id not in self._wanted):
                continue
            if self._newest is None or view.since > self._newest:
                self._newest = view.since
            if view.state == "completed":
                self._live.pop(view.id, None)
                self._done.add(view.id)
                self._completed.append(view)
            else:
                self._live[view.id] = view

    def _ask(self, *, whole: bool) -> Generator[Event, None, list[TaskView]]:
        run = self._run
        if self._by_name is not None:
            return (yield from self._one_by_one(self._by_name))
        since = None if whole or self._newest is None else self._newest - _MARGIN
        everything = since is None and self._wanted is None
        return (
            yield from run.retry.ask(
                "list tasks", lambda: list(run.batch.list_tasks(run.job_id, since, started=not everything))
            )
        )

    def _one_by_one(self, task_ids: Sequence[str]) -> Generator[Event, None, list[TaskView]]:
        run, views = self._run, []
        known = task_ids_of(run.program)
        for task_id in task_ids:
            if task_id in self._done:
                continue
            try:
                views.append((yield from run.retry.ask(f"task {task_id}", partial(self._get, task_id))))
            except NotFound:
                if task_id not in known and not self._done and not self._live:
                    near = nearest(task_id, known)
                    hint = f'did you mean "{near}"?' if near else 'see "batchspec status" for the tasks'
                    raise UsageError(f'the spec has no task "{task_id}"', hint) from None
        return views

    def _get(self, task_id: str) -> TaskView:
        return self._run.batch.get_task(self._run.job_id, task_id)

    def _sorted(self, views: Iterable[TaskView]) -> list[TaskView]:
        return sorted(views, key=lambda view: self._order.get(view.id, len(self._order)))
