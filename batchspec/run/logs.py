"""What tasks have printed, whole or followed: from their nodes, and from storage where those are gone."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence, Sized
from typing import TYPE_CHECKING

from batchspec.compiler.members import is_open, task_ids as task_ids_of
from batchspec.errors import NotFound, UsageError
from batchspec.ports import JobView
from batchspec.run.asked import Asked
from batchspec.run.chosen import chosen
from batchspec.run.context import Run, need_job
from batchspec.run.events import Event, Found, FromStorage, NothingPrinted
from batchspec.run.follow import PRINTED_NOTHING, STREAMS, Follower
from batchspec.run.persisted import kept_sizes, lost
from batchspec.run.stall import Stall

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

_PAUSE = 1.0  # seconds
_NAMED = 20  # tasks that are named in one event
_NOT_YET, _BLOCKED = "have not started", "can never run, because a task that they wait for failed"


def wanted_tasks(program: Program, names: Sequence[str]) -> list[str] | None:
    """The tasks that are meant by ids and names of groups, each once; None for all that there are, whoever added them.

    Raises UsageError for a name that is none.
    """
    if not is_open(program):
        return chosen(program, names) if names else task_ids_of(program)
    # Others may have added tasks: what no group is called may be one of theirs.
    groups = {made.body.display_name for made in program.tasks}
    return [one for name in names for one in (chosen(program, [name]) if name in groups else [name])] or None


def logs(
    program: Program,
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    names: Sequence[str] = (),
    *,
    follow: bool = False,
    failed: bool = False,
    streams: Sequence[str] = STREAMS,
    tail: int | None = None,
) -> Generator[Event, None, None]:
    """Output events of the tasks named, by id or group, or of all in the order of the spec.

    follow: go on until they have completed, or can never run, or their job has ended. failed: only of tasks that
    failed. streams: stdout, stderr or both; tail: so many of the last lines of each. Raises UsageError for a task that
    the spec does not have or a job of which nothing is left, ServiceError. A job manager task's job may have tasks that
    no spec knows: all that there are are shown, and any may be named.
    """
    need_job(program)
    run = Run.of(program, batch, blobs, clock)
    follower = Follower(run, streams, tail=tail, rotate=True)
    yield from _Logs(run, follower, wanted_tasks(program, names), follow=follow, failed=failed, named=bool(names)).run()


class _Logs:
    def __init__(
        self, run: Run, follower: Follower, wanted: list[str] | None, *, follow: bool, failed: bool, named: bool
    ) -> None:
        self._run = run
        self._follower = follower
        self._wanted = wanted
        self._follow, self._failed, self._named = follow, failed, named
        self._tasks = Asked(run, wanted)
        self._tracker = self._tasks.tracker
        self._silent: dict[str, list[str]] = {}  # tasks without output, by the reason
        self._printed = False
        self._stall = Stall(run)

    def run(self) -> Generator[Event, None, None]:
        try:
            yield from self._live()
        except NotFound:  # of the job: all that asks for something else takes care of its absence
            yield from self._stored()

    def _live(self) -> Generator[Event, None, None]:
        while True:
            job = yield from self._run.retry.ask("job", lambda: self._run.batch.get_job(self._run.job_id))
            over = job.state == "completed"
            yield from self._look(whole=over)
            if not self._follow:
                yield from self._rest()
                return
            moved = yield from self._follower.poll([] if self._failed else self._tasks.running)
            if over or (yield from self._all_ended()) or (not moved and (yield from self._stuck(job))):
                yield from self._tell(self._left())
                return
            self._run.clock.sleep(_PAUSE)

    def _look(self, *, whole: bool) -> Generator[Event, None, None]:
        ended = yield from self._tasks.refresh(whole=whole)
        shown = [view for view in ended if not (view.succeeded and self._failed)]
        self._note(shown, (yield from self._follower.finish(shown)))

    def _left(self) -> list[str]:
        """The tasks that have not completed, as far as we know them."""
        known = self._wanted
        if known is None:
            known = task_ids_of(self._run.program, self._tracker.seen)
        return [task_id for task_id in known if not self._tracker.is_known(task_id, "completed")]

    def _all_ended(self) -> Generator[Event, None, bool]:
        if not self._left() and self._wanted is None:
            yield from self._look(whole=True)  # what others add and no node has begun is among no changes
        return not self._left()

    def _note(self, shown: Sized, silent: Mapping[str, str]) -> None:
        for task_id, reason in silent.items():
            self._silent.setdefault(reason, []).append(task_id)
        self._printed = self._printed or len(silent) < len(shown)

    def _rest(self) -> Generator[Event, None, None]:
        """What tasks that run have printed until now; no more is waited for."""
        running = [] if self._failed else self._tasks.running
        self._note(running, (yield from self._follower.show(running)))
        shown = {view.id for view in running}
        yield from self._tell([task_id for task_id in self._left() if task_id not in shown])

    def _stuck(self, job: JobView) -> Generator[Event, None, bool]:
        """Whether nothing that is left can ever run; says why."""
        if self._tracker.blocked.issuperset(self._left()):
            return True
        if self._tasks.running:
            return False
        reasons = yield from self._stall.reasons(job)
        for reason in reasons:
            yield Found(reason)
        return bool(reasons)

    def _tell(self, waiting: Sequence[str]) -> Generator[Event, None, None]:
        """Say of which tasks there is nothing, and why; that a task printed nothing, only to who asked for it."""
        if self._failed:
            if not self._tracker.failed:
                yield NothingPrinted((), 0, "no task has failed")
        else:
            blocked = self._tracker.blocked
            self._note(waiting, {one: _BLOCKED if one in blocked else _NOT_YET for one in waiting})
        for reason, task_ids in self._silent.items():
            if reason != PRINTED_NOTHING or self._named or not self._printed:
                yield NothingPrinted(tuple(task_ids[:_NAMED]), len(task_ids), reason)

    def _stored(self) -> Generator[Event, None, None]:
        """The job is gone, and with it the files on the nodes: what storage has of its tasks."""
        run = self._run
        sizes = yield from run.retry.ask("list the logs", lambda: kept_sizes(run))
        if not sizes and not self._printed:
            hint = 'run it with "batchspec apply"'
            raise UsageError(f'there is no job "{run.job_id}", and nothing that its tasks printed is kept', hint)
        if self._failed:
            hint = "name the tasks"
            raise UsageError(f'the job "{run.job_id}" is gone, and with it which of its tasks failed', hint)
        yield FromStorage(run.job_id)
        found = dict.fromkeys(name.rpartition("/")[0] for name in sizes)
        known = self._wanted if self._wanted is not None else task_ids_of(run.program, found)
        left = [one for one in known if not self._tracker.is_known(one, "completed")]
        self._note((), {one: lost(run) for one in left if one not in found})
        there = [one for one in left if one in found]
        self._note(there, (yield from self._follower.kept(there, sizes)))
        yield from self._tell(())
