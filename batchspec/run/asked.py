"""The tasks that somebody asked for, brought up to date by what changed and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from datetime import timedelta
from functools import partial

from batchspec.compiler.members import task_ids as task_ids_of
from batchspec.errors import NotFound
from batchspec.ports import TaskView
from batchspec.run.chosen import no_task
from batchspec.run.context import Run
from batchspec.run.crew import ONE_BY_ONE
from batchspec.run.events import Event
from batchspec.run.tracker import Tracker

_WHOLE_EVERY = 30  # listings of what changed for one of everything: a change can be missed
_MARGIN = timedelta(seconds=5)  # how far a listing reaches back


class Asked:
    """Those of a job with these ids, or all. Raises UsageError for one that is nobody's."""

    def __init__(self, run: Run, wanted: Collection[str] | None) -> None:
        self.tracker = Tracker(run.program.tasks, _MARGIN)
        self._run = run
        self._wanted = wanted if wanted is None else set(wanted)
        self._by_name = list(wanted) if wanted is not None and len(wanted) <= ONE_BY_ONE else None
        self._order = {task_id: at for at, task_id in enumerate(wanted or ())}
        self._turn = 1

    @property
    def running(self) -> list[TaskView]:
        """Those that run."""
        return self._sorted(view for view in self.tracker.running.values() if view.state == "running")

    def refresh(self, *, whole: bool) -> Generator[Event, None, list[TaskView]]:
        """Ask for them again; those that have completed since, in the order of the spec.

        whole: ask for all, not only for what changed.
        """
        whole = whole or self._turn % _WHOLE_EVERY == 0
        self._turn += 1
        views = yield from self._ask(whole=whole)
        if whole or self._by_name is not None:
            self.tracker.forget_others({view.id for view in views})
        return self._sorted([view for view in views if self._is_news(view) and view.state == "completed"])

    def _is_news(self, view: TaskView) -> bool:
        """What has completed once is not followed again."""
        if (self._wanted is not None and view.id not in self._wanted) or self._is_done(view.id):
            return False
        return self.tracker.update(view)

    def _is_done(self, task_id: str) -> bool:
        return self.tracker.is_known(task_id, "completed")

    def _ask(self, *, whole: bool) -> Generator[Event, None, list[TaskView]]:
        run = self._run
        if self._by_name is not None:
            return (yield from self._one_by_one(self._by_name))
        since = None if whole else self.tracker.since
        started = since is not None or self._wanted is not None
        request = partial(run.batch.list_tasks, run.job_id, since, started=started)
        return (yield from run.retry.ask("list tasks", lambda: list(request())))

    def _one_by_one(self, task_ids: Sequence[str]) -> Generator[Event, None, list[TaskView]]:
        run, views = self._run, []
        known = task_ids_of(run.program)
        for task_id in task_ids:
            if self._is_done(task_id):
                continue
            request = partial(run.batch.get_task, run.job_id, task_id)
            try:
                views.append((yield from run.retry.ask(f"task {task_id}", request)))
            except NotFound:
                if task_id not in known and not self.tracker.seen:
                    raise no_task(task_id, known) from None
        return views

    def _sorted(self, views: Iterable[TaskView]) -> list[TaskView]:
        return sorted(views, key=lambda view: self._order.get(view.id, len(self._order)))
