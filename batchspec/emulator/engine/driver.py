"""Between the scheduler and the world: carries out its commands, keeps its time, makes its changes durable."""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from batchspec.emulator.engine import faults
from batchspec.emulator.engine.commands import Boot, Kill, RemoveJob, RemoveNode, RemoveTask, Start
from batchspec.emulator.engine.executor import Executor
from batchspec.emulator.engine.layout import Layout
from batchspec.emulator.engine.processes import end_leftovers
from batchspec.emulator.engine.scheduler import Scheduler
from batchspec.emulator.engine.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from batchspec.emulator.clock import Clock
    from batchspec.emulator.engine.commands import Command, Outcome, Run
    from batchspec.emulator.engine.records import Body, Node
    from batchspec.emulator.engine.uploads import Put

COMMIT_EVERY = 0.05
"""Seconds that a change by a process, seen by nobody yet, may wait for others to be committed with."""

SWEEP_EVERY = 3600.0
"""Seconds of the clock between looks for task directories that have been retained long enough."""

_SWEEP_REST = 1.0
"""Real seconds at least between them, however fast the clock runs."""

_PART: Final = {"start": "startTask", "prepare": "jobPreparationTask", "release": "jobReleaseTask"}


class Driver:
    """Owns the scheduler, the store and the executor. An exception that nobody expected stops it for good: it is
    kept in `fault`, given to `on_fault`, and raised by every later call."""

    def __init__(
        self, root: Path, account: Callable[[], tuple[str, str]], urls: Callable[[str], str], put: Put | None,
        host: Mapping[str, str], clock: Clock, grace: float, alone: bool,
        on_fault: Callable[[BaseException], None] | None,
    ) -> None:  # fmt: skip
        self.layout = Layout(root)
        self.store: Store
        self.fault: BaseException | None = None
        self._scheduler = Scheduler()
        self._executor = Executor(self.layout, account, urls, put, host, grace, alone, self._answered, self._fail)
        self._clock, self._now, self._last_seen = clock, 0.0, clock.real()
        self._on_fault = on_fault
        self._answers: deque[tuple[Run, Outcome]] = deque()
        self._driving = False
        self._open = False
        self._commit: asyncio.TimerHandle | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at: float | None = None
        self._discarded = 0

    @property
    def busy(self) -> bool:
        return self._scheduler.busy or self._executor.busy

    @property
    def idle_since(self) -> float | None:
        scheduler = self._scheduler
        return None if self.busy or scheduler.expects_jobs or scheduler.expects_nodes else self._last_seen

    def start(self) -> None:
        """Take up what was."""
        self.layout.create()
        end_leftovers(self.layout.root / "nodes")
        self.store = Store(self.layout.root / "state.db")
        self._open = True
        self._clock.catch_up(self.store.clock() or 0.0)
        with self.request() as (scheduler, now), _all_staying():
            pools, jobs, tasks = self.store.load()
            scheduler.recover(now, pools, jobs, tasks, self.store.schedules(), self.store.last_number())
        self._clock.on_advance(self._jumped)
        self._sweep_expired()
        if any(self.layout.trash.iterdir()):  # a stop does not wait until it is empty
            self._executor.empty_trash()

    async def stop(self) -> None:
        for timer in (self._commit, self._sweep, self._alarm):
            if timer is not None:
                timer.cancel()
        self._driving = True  # whatever ends from now on is not taken note of
        try:
            self._close_store()
        finally:
            await self._executor.close()
            end_leftovers(self.layout.root / "nodes")

    def _close_store(self) -> None:
        """First of all: whatever holds up the rest, what is known is kept."""
        if not self._open:
            return
        self._open = False
        try:
            if self.fault is None:
                self.commit()
        finally:
            self.store.close()

    def read(self) -> Scheduler:
        """The scheduler, for reading what is durable."""
        self._check()
        self.commit()
        return self._scheduler

    @contextmanager
    def request(self) -> Iterator[tuple[Scheduler, float]]:
        """Change something: the change is durable before it is acted upon, and acted upon before this returns.

        What the caller raises before it calls the scheduler changes nothing.
        """
        self._check()
        try:
            yield self._scheduler, self._time()
        except BaseException as error:
            if self._scheduler.broken:
                self._fail(error)
            raise
        with self._faulting():
            self.commit()
            self._drive()

    def commit(self) -> None:
        """Make all changes durable."""
        if self._scheduler.has_changes:
            with self._faulting():
                clock = None if self._clock.is_real else self._clock.now()
                self.store.save(*self._scheduler.take_changes(), clock=clock)

    def fill_disk(self, node: Node, *, full: bool) -> None:
        """Let all that the engine writes for runs on a node fail as on a full disk, or end that."""
        self._executor.fill_disk(node, full=full)

    def _time(self) -> float:
        # The order of changes must not depend on a clock that is set back.
        self._now = max(self._now, self._clock.now())
        self._last_seen = self._clock.real()
        return self._now

    def _check(self) -> None:
        if self.fault is not None:
            raise self.fault

    def _answered(self, run: Run, outcome: Outcome) -> None:
        self._answers.append((run, outcome))
        if not self._driving and self.fault is None:
            with self._reporting():
                self._drive()

    def _drive(self) -> None:
        """Carry out commands and pass on answers until neither is left."""
        self._driving = True
        while (commands := self._scheduler.take_commands()) or self._answers:
            for command in commands:
                self._carry_out(command)
            while self._answers:
                run, outcome = self._answers.popleft()
                self._scheduler.ended(self._time(), run, outcome)
        self._driving = False
        self._set_alarm()
        if self._scheduler.has_changes and self._commit is None:
            self._commit = asyncio.get_running_loop().call_later(COMMIT_EVERY, self._commit_later)

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, Start):
            self._executor.start(command.run, self._body(command.run))
        elif isinstance(command, Kill):
            self._executor.kill(command.run, at_once=command.at_once)
        elif isinstance(command, Boot):
            self._boot(command.node, wipe=command.wipe)
        elif isinstance(command, RemoveNode):
            self._discard(self.layout.node(command.node.pool.id, command.node.id))
            self._executor.forget(node=command.node)
        elif isinstance(command, RemoveJob):
            for directory in self.layout.job_dirs(command.job):
                self._discard(directory)
            self._executor.forget(job=command.job)
        elif isinstance(command, RemoveTask) and (where := self.layout.task(command.task)):
            self._discard(where)

    def _body(self, run: Run) -> Body:
        if run.task is not None:
            if run.task is run.task.job.manager:  # made by the scheduler, and not stored before it is started
                manager: Body = run.task.job.body["jobManagerTask"]
                return manager
            return self.store.task_body(run.task)
        holder = run.node.pool.body if run.job is None else run.job.body
        body: Body = holder[_PART[run.kind]]
        return body

    def _boot(self, node: Node, *, wipe: bool) -> None:
        directory = self.layout.node(node.pool.id, node.id)
        try:
            if wipe:
                self.fill_disk(node, full=False)
                self._discard(directory)
            self.layout.make_node(node)
        except OSError as error:
            failure = faults.disk(error, "NodeDirectoryCreateFailed", str(directory))
            self._scheduler.boot_failed(self._time(), node, failure)
        else:
            self._scheduler.booted(self._time(), node)

    def _discard(self, path: Path) -> None:
        self._discarded += 1
        if self.layout.discard(path, f"{self._time():.6f}-{self._discarded}"):
            self._executor.empty_trash()

    def _sweep_expired(self) -> None:
        """Remove the directories of tasks that were completed longer ago than they are to be retained."""
        with self._reporting():
            now = self._clock.now()
            for job in self._scheduler.jobs.values():
                for task in job.tasks:
                    if task.end_time is not None and task.end_time + task.retention <= now:
                        where = self.layout.task(task)
                        if where is not None and where.is_dir():
                            self._discard(where)
            pause = max(SWEEP_EVERY / self._clock.rate, _SWEEP_REST)
            self._sweep = asyncio.get_running_loop().call_later(pause, self._sweep_expired)

    def _commit_later(self) -> None:
        self._commit = None
        with self._reporting():
            self.commit()

    def _set_alarm(self) -> None:
        deadline = self._scheduler.next_deadline
        if deadline == self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at, self._alarm = deadline, None
        if deadline is not None:
            # At most a day: timers of the loop are not made for years.
            delay = min(self._clock.until(deadline), 86400.0)
            self._alarm = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._alarm_at, seen = None, self._last_seen
        with self._reporting():
            self._scheduler.clock(self._time())
            if not self._scheduler.has_commands:
                self._last_seen = seen  # to look at the clock is no work
            self.commit()
            self._drive()

    def _jumped(self) -> None:
        """The clock was made to jump: whatever is due by now happens now."""
        if self._open and self.fault is None:
            if self._sweep is not None:
                self._sweep.cancel()
            self._ring()
            self._sweep_expired()

    @contextmanager
    def _faulting(self) -> Iterator[None]:
        """An exception in here leaves records and store apart: nothing goes on after it."""
        try:
            yield
        except BaseException as error:
            self._fail(error)
            raise

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """For callbacks of the loop, which would only log what they raise."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - reported; whoever calls next gets it
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if self.fault is None:
            self.fault = error
            if self._on_fault is not None:
                self._on_fault(error)


@contextmanager
def _all_staying() -> Iterator[None]:
    """No garbage collection while many objects are made that all stay: it would look at them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
