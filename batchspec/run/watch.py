"""Watch a job until its tasks have run, or can run no more.

A poll asks for the counts; only when they moved, for the tasks that changed; only when they did not, what
the pool and the job are doing. So it costs what changed, not what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from batchspec.compiler.members import ends_by_itself, is_open, task_ids
from batchspec.errors import Conflict, NotFound, OutOfTime
from batchspec.ports import Counts, JobView, TaskView
from batchspec.run.absent import or_none
from batchspec.run.context import Run
from batchspec.run.crew import ONE_BY_ONE
from batchspec.run.events import CountsMoved, Event, Found, JobTerminated, TaskMoved, TaskRetried, Unfollowed
from batchspec.run.failures import tell_blocked, tell_failed, was_ended
from batchspec.run.follow import Follower
from batchspec.run.pace import Pace
from batchspec.run.report import Finding, Report, Verdict
from batchspec.run.stall import Health, diagnose, pausing
from batchspec.run.tracker import Tracker
from batchspec.run.why.job import dead_job, deleted_job, ended_job, gone_tasks

FOLLOWED = 100  # tasks; larger jobs are not followed unless asked for
_QUICK, _QUICK_HUGE, _SLOW, _SLOW_FOLLOWING = 0.2, 0.5, 5.0, 1.0  # seconds between polls
_HUGE = 1000  # tasks
_LOOK = (0.5, 15.0)  # seconds between looks at a pool that does not move
_BY_ITSELF = "AllTasksComplete"  # the service's reason


@dataclass(frozen=True)
class Outcome:
    """How the watch ended."""

    verdict: Verdict
    counts: Counts
    tracker: Tracker
    gone: frozenset[str] = frozenset()  # tasks of the spec that somebody has deleted

    def report(self, run: Run) -> Report:
        """The same, for who asked for the work."""
        tracker = self.tracker
        rows, omitted = tracker.rows(task_ids(run.program, tracker.seen), self.gone)
        running = tuple(tracker.running) if self.verdict is Verdict.TIMED_OUT else ()
        blocked = len(tracker.blocked)
        return Report(self.verdict, run.pool_id, run.job_id, self.counts, blocked, rows, omitted, running)


def watch(run: Run, *, over: bool = False, only: bool = False) -> Generator[Event, None, Outcome]:
    """Tell what the job's tasks do until none is left that can.

    over: the job had completed before. only: do not end a job that could never end by itself.
    """
    return _Watch(run, over=over, only=only).events()


class _Watch:
    def __init__(self, run: Run, *, over: bool, only: bool) -> None:
        self.run = run
        self.over = over
        self.only = only
        self.known = self.total = len(task_ids(run.program))
        self.open = is_open(run.program)
        follow = run.options.follow
        following = (self.total <= FOLLOWED if follow is None else follow) and not over
        self.follower = Follower(run) if following else None
        self.tracker = Tracker(run.program.tasks, only=None if self.open else run.program.task_ids)
        self.counts: Counts | None = None
        self.behind = True  # the tracker does not know yet all that the counts do
        self.health = Health()
        self.pace = Pace(_QUICK_HUGE if self.total > _HUGE else _QUICK, _SLOW_FOLLOWING if following else _SLOW)
        self.look = Pace(*_LOOK)
        self.next_look = 0.0
        self.told = False  # why the job ended
        self.gone: frozenset[str] = frozenset()

    def events(self) -> Generator[Event, None, Outcome]:
        try:
            verdict = yield from self._events()
        except NotFound:  # of the job: all that asks for something else takes care of its absence
            self.told = True
            yield Found(deleted_job(self.run))
            verdict = Verdict.BLOCKED
        except OutOfTime:
            verdict = Verdict.TIMED_OUT
        yield from self._end(verdict)
        return self._outcome(verdict)

    def _events(self) -> Generator[Event, None, Verdict]:
        if self.follower is None and self.run.options.follow is None and not self.over:
            yield Unfollowed(self.total, FOLLOWED)
        while True:
            moved = yield from self._poll()
            if (yield from self._complete()):
                return self._of_tasks()
            if self._settled():
                return Verdict.FAILED
            if not moved:
                dead = yield from self._look()
                if dead is not None:
                    return dead
            self.run.clock.sleep(self.pace.after(moved=moved))

    def _poll(self) -> Generator[Event, None, bool]:
        run = self.run
        counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(run.job_id))
        moved = counts != self.counts
        if self.open:
            self.total = max(self.known, counts.total)
        if moved or self.behind:
            yield from self._list()
            self.behind = not self.tracker.reconcile(counts)
        elif len(self.tracker.running) > counts.running:
            yield from self._find_lost()
        printed = False
        if self.follower:
            printed = yield from self.follower.poll(self.tracker.running.values())
        if moved:
            self.counts = counts
            yield CountsMoved(counts)
        return moved or printed

    def _complete(self) -> Generator[Event, None, bool]:
        """Whether all tasks have. The counts lag, so what others add is missed by them at first, but not by a list."""
        if self.tracker.done < self.total:
            return False
        if self.open:
            run = self.run
            states = yield from run.retry.ask("list tasks", lambda: run.batch.task_states(run.job_id))
            if not all(state == "active" or self.tracker.is_known(task_id, state) for task_id, state in states.items()):
                yield from self._take_in_all(lambda: run.batch.list_tasks(run.job_id, started=True))
            self.total = max(self.known, len(states))
        return self.tracker.done >= self.total

    def _settled(self) -> bool:
        """Whether each task has completed, or can never run."""
        return self.tracker.done + len(self.tracker.blocked) >= self.total

    def _of_tasks(self) -> Verdict:
        return Verdict.FAILED if self.tracker.failed else Verdict.SUCCEEDED

    def _list(self) -> Generator[Event, None, None]:
        run, since = self.run, self.tracker.since
        yield from self._take_in_all(lambda: run.batch.list_tasks(run.job_id, since, started=True))

    def _take_in_all(self, listing: Callable[[], Iterator[TaskView]]) -> Generator[Event, None, None]:
        """As they come: of a million tasks no list is made. What comes twice is no news the second time."""
        for step in self.run.retry.each("list tasks", listing):
            if isinstance(step, TaskView):
                yield from self._take_in(step)
            else:
                yield step

    def _take_in(self, view: TaskView) -> Generator[Event, None, None]:
        retries = self.tracker.retries(view.id)
        if self.tracker.update(view):
            if view.retries > retries and not self.over:
                yield TaskRetried(view)
            if self.follower and view.state == "completed":
                yield from self.follower.finish([view])
            yield TaskMoved(view)

    def _find_lost(self) -> Generator[Event, None, None]:
        """What became of tasks that no longer run: a lost node's go back to the queue, where no listing looks."""
        run, running = self.run, self.tracker.running
        if len(running) > ONE_BY_ONE:
            since = min(view.since for view in running.values())
            views = yield from run.retry.ask("list tasks", lambda: list(run.batch.list_tasks(run.job_id, since)))
            for view in views:
                if view.id in running:
                    yield from self._take_in(view)
            return
        for task_id in tuple(running):
            found = yield from or_none(run.retry, f"task {task_id}", partial(run.batch.get_task, run.job_id, task_id))
            if found is None:
                self.tracker.forget(task_id)
            else:
                yield from self._take_in(found)

    def _look(self) -> Generator[Event, None, Verdict | None]:
        """The verdict when job or pool are such that nothing will move again."""
        run = self.run
        if run.clock.monotonic() < self.next_look and not self.over:
            return None
        self.next_look = run.clock.monotonic() + self.look.after(moved=False)
        yield from self._list()  # a task that is tried again moves no count
        job = yield from self._job()
        if job is not None and job.pool_id and run.pool_id is None:
            run = self.run = replace(run, found_pool=job.pool_id)
        if (yield from pausing(run, self.health, job, running=bool(self.tracker.running))):
            return None
        dead = dead_job(run, job)
        if dead is not None:
            # What its end did to the tasks may be newer than our last look at them.
            yield from self._poll()
            if (yield from self._complete()):
                return self._of_tasks()
            if not self._settled():
                self.told = True
                by_itself = job is not None and job.terminate_reason == _BY_ITSELF
                yield Found(((yield from self._gone()) if by_itself else None) or dead)
            return Verdict.FAILED if self.tracker.failed else Verdict.BLOCKED
        if any(view.state == "running" for view in self.tracker.running.values()):
            return None
        gone = yield from self._gone()
        if gone is not None:
            yield Found(gone)
            return Verdict.FAILED if self.tracker.failed else Verdict.BLOCKED
        reasons = yield from diagnose(run, self.health)
        for reason in reasons:
            yield Found(reason)
        return Verdict.BLOCKED if reasons else None

    def _gone(self) -> Generator[Event, None, Finding | None]:
        """That the job no longer holds tasks of the spec. All are asked for only where the counts say so."""
        counts, ids = self.counts, self.run.program.task_ids
        if self.open or self.behind or counts is None:
            return None
        if counts.active + counts.running >= self.total - self.tracker.done:
            return None
        run = self.run
        states = yield from or_none(run.retry, "list tasks", lambda: run.batch.task_states(run.job_id))
        there, wanted = {task_id.lower() for task_id in states or ()}, {task_id.lower() for task_id in ids}
        gone = [task_id for task_id in ids if task_id.lower() not in there]
        others = [task_id for task_id in states or () if task_id.lower() not in wanted]
        if states is None or not gone:
            return None
        self.gone = frozenset(gone)
        return gone_tasks(run, gone, others)

    def _job(self) -> Generator[Event, None, JobView | None]:
        return or_none(self.run.retry, "job", lambda: self.run.batch.get_job(self.run.job_id))

    def _end(self, verdict: Verdict) -> Generator[Event, None, None]:
        """Why it came to that, and the end of a job that would never end by itself."""
        with_job = False
        with suppress(OutOfTime, NotFound):
            with_job = yield from self._ended_with_job()
        yield from tell_failed(self.run, self.tracker.failed, with_job=with_job)
        blocked = self.tracker.blocked
        yield from tell_blocked(self.run, blocked)
        if verdict is Verdict.FAILED and blocked and not (self.over or self.only) and ends_by_itself(self.run.program):
            yield from self._terminate()

    def _outcome(self, verdict: Verdict) -> Outcome:
        # Counted from what we know: the service's counts may lag, and contradict the report's rows.
        done, failed, running = self.tracker.done, len(self.tracker.failed), len(self.tracker.running)
        counts = Counts(max(0, self.total - len(self.gone) - done - running), running, done, done - failed, failed)
        return Outcome(verdict, counts, self.tracker, self.gone)

    def _ended_with_job(self) -> Generator[Event, None, bool]:
        """Whether the job's limit or its deletion ended tasks, which the service tells of as a user's request."""
        if not any(was_ended(view) for view in self.tracker.failed.values()):
            return False
        job = yield from self._job()
        gone = job is None or job.state == "deleting"
        reason = deleted_job(self.run) if gone else ended_job(self.run, job)
        if reason is not None and not self.told:
            yield Found(reason)
        return reason is not None

    def _terminate(self) -> Generator[Event, None, None]:
        run, reason = self.run, "BlockedByFailedTasks"
        try:
            yield from run.retry.ask("terminate the job", lambda: run.batch.terminate_job(run.job_id, reason))
        except (Conflict, NotFound, OutOfTime):
            return  # it has ended by itself, or there is no time: the next apply ends it
        yield JobTerminated(run.job_id, "the tasks that are left can never run")
