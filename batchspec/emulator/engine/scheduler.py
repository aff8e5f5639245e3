"""The scheduler: a pure state machine. Events come in as calls with their time, commands go out as values.

It owns no thread, socket, clock or randomness and does no I/O. After each event its driver carries out
`take_commands()` and makes `take_changes()` durable; it answers `Boot` with `booted` and `Start` with `ended`.
Work per event does not depend on how many tasks wait.
"""

from __future__ import annotations

from heapq import heappop
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from batchspec.emulator.engine import autoscale, breakdowns, jobs, pools, schedules, tasks
from batchspec.emulator.engine.board import Board, owner
from batchspec.emulator.engine.records import Job, Node, Pool, Schedule, key
from batchspec.emulator.engine.samples import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from batchspec.emulator.engine.board import Record
    from batchspec.emulator.engine.commands import Command, Outcome, Run
    from batchspec.emulator.engine.records import Body, Failure, ScaleRun, Task
    from batchspec.emulator.engine.troubles import Trouble


P = ParamSpec("P")


def _event(
    step: Callable[Concatenate[Scheduler, Board, P], None],
) -> Callable[Concatenate[Scheduler, float, P], None]:
    """Set the time, take the step, then let everything come to rest."""

    def event(self: Scheduler, now: float, /, *args: P.args, **kwargs: P.kwargs) -> None:
        board = self._board
        board.now = now
        board.broken = True
        step(self, board, *args, **kwargs)
        _settle(board)
        board.broken = False

    event.__doc__ = step.__doc__
    return event


def _settle(board: Board) -> None:
    """Place and settle until nothing moves any more. Placing comes first: a node between two tasks is not idle."""
    while board.unplaced or board.unsettled:
        while board.unplaced:
            pool, _ = board.unplaced.popitem()
            tasks.place(board, pool)
        if board.unsettled:
            what = next(iter(board.unsettled))
            del board.unsettled[what]
            if isinstance(what, Job):
                jobs.settle(board, what)
            elif isinstance(what, Node):
                pools.settle_node(board, what)
            elif isinstance(what, Schedule):
                schedules.settle(board, what)
            else:
                pools.settle(board, what)


class Scheduler:
    def __init__(self) -> None:
        self._board = Board()

    # What there is.

    @property
    def pools(self) -> Mapping[str, Pool]:
        return self._board.pools

    @property
    def jobs(self) -> Mapping[str, Job]:
        return self._board.jobs

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        return self._board.schedules

    @property
    def expects_jobs(self) -> bool:
        """Whether a job schedule is active."""
        return any(schedule.state == "active" for schedule in self._board.schedules.values())

    @property
    def expects_nodes(self) -> bool:
        """Whether tasks are ready for a pool that may yet grow by its formula."""
        return autoscale.expects_nodes(self._board)

    @property
    def busy(self) -> bool:
        """Whether an answer of the driver is outstanding; when none is, nothing more can start but by its time."""
        return bool(self._board.runs or self._board.booting)

    @property
    def next_deadline(self) -> float | None:
        """When `clock` should be called at the latest."""
        return self._board.timers[0][0] if self._board.timers else None

    def take_commands(self) -> list[Command]:
        commands, self._board.commands = self._board.commands, []
        return commands

    @property
    def has_commands(self) -> bool:
        return bool(self._board.commands)

    def serial(self) -> int:
        """The number for a new pool, job, task or schedule."""
        return self._board.serial()

    def take_changes(self) -> tuple[list[Record], list[Record], list[tuple[Task, Body]]]:
        """The records to write, those to delete, and the tasks to add first, since the last call."""
        changed, self._board.changed = list(self._board.changed), {}
        erased, self._board.erased = self._board.erased, []
        added, self._board.added = self._board.added, []
        return changed, erased, added

    @property
    def has_changes(self) -> bool:
        return bool(self._board.changed or self._board.erased or self._board.added)

    @property
    def broken(self) -> bool:
        """Whether an event was not carried through, because of an exception: nothing here is sure then."""
        return self._board.broken

    # Events of the driver. The first argument of every event is its time.

    @_event
    def recover(
        self, board: Board, pools_: Iterable[Pool], jobs_: Iterable[Job], tasks_: Iterable[tuple[Task, Body]],
        schedules_: Iterable[Schedule], last_serial: int,
    ) -> None:  # fmt: skip
        """Take up what the store had, tasks in order of addition."""
        board.last_serial = last_serial
        for schedule in schedules_:
            schedules.take_up(board, schedule)
        for job in jobs_:
            jobs.recover(board, job)
        for pool in pools_:
            pools.recover(board, pool)
            autoscale.recover(board, pool)
        tasks.recover(board, tasks_)

    @_event
    def clock(self, board: Board) -> None:
        """Time has passed: end what has run too long."""
        while board.timers and board.timers[0][0] <= board.now:
            _, _, what = heappop(board.timers)
            if isinstance(what, Job):
                if board.jobs.get(key(what.id)) is what:
                    jobs.expire(board, what)
            elif isinstance(what, Schedule):
                if board.schedules.get(key(what.id)) is what:
                    board.unsettled[what] = None
            elif isinstance(what, Sampler):
                what.take(board)
            elif isinstance(what, Pool):
                if board.pools.get(key(what.id)) is what:
                    pools.arrive(board, what)
                    autoscale.due(board, what)
            elif isinstance(what, Node):
                breakdowns.mend_if_due(board, what)
            elif board.runs.get(owner(what)) is what:
                board.end(what, "timeout")

    @_event
    def booted(self, board: Board, node: Node) -> None:
        pools.booted(board, node)

    @_event
    def boot_failed(self, board: Board, node: Node, failure: Failure) -> None:
        pools.boot_failed(board, node, failure)

    @_event
    def ended(self, board: Board, run: Run, outcome: Outcome) -> None:
        if run.task is not None:
            options = tasks.ended(board, run, run.task, outcome)
            if options is not None:
                jobs.act(board, run.task.job, options, failed=run.task.result == "failure")
        elif run.job is None:
            pools.start_task_ended(board, run, outcome)
        elif run.kind == "prepare":
            jobs.preparation_ended(board, run, run.job, outcome)
        else:
            jobs.release_ended(board, run, run.job, outcome)
        if not board.is_open(run.node):
            board.unsettled[run.node] = None

    # Requests. The caller has checked that the present state allows them.

    @_event
    def add_pool(self, board: Board, pool: Pool) -> None:
        pools.add(board, pool)
        if pool.scales:
            autoscale.begin(board, pool)

    @_event
    def scale_pool(self, board: Board, pool: Pool) -> None:
        """Its body was given another formula or interval."""
        board.touch(pool)
        autoscale.begin(board, pool)

    @_event
    def unscale_pool(self, board: Board, pool: Pool) -> None:
        """Its body has no formula any more."""
        board.touch(pool)
        autoscale.end(board, pool)

    def try_formula(self, now: float, pool: Pool, formula: str) -> ScaleRun:
        """What a formula would make of the pool; changes nothing."""
        return autoscale.run(self._board, pool, formula, now)[1]

    @_event
    def fail_node(self, board: Board, node: Node, how: breakdowns.Kind, lasting: float | None) -> None:
        breakdowns.fail(board, node, how, lasting)

    @_event
    def mend_node(self, board: Board, node: Node) -> None:
        breakdowns.mend(board, node)

    @_event
    def trouble_pool(self, board: Board, pool_id: str, trouble: Trouble) -> None:
        """Stand in the way of this pool's next resizes."""
        board.troubles[key(pool_id)] = trouble

    @_event
    def touch(self, board: Board, record: Pool | Job | Task) -> None:
        """The record's body was changed in a way that scheduling does not see."""
        board.touch(record)

    @_event
    def resize_pool(self, board: Board, pool: Pool, dedicated: int, spot: int, deallocation: str) -> None:
        pools.resize(board, pool, dedicated, spot, deallocation)

    @_event
    def stop_resize(self, board: Board, pool: Pool) -> None:
        pools.stop_resize(board, pool)

    @_event
    def remove_nodes(self, board: Board, pool: Pool, nodes: Iterable[Node], deallocation: str) -> None:
        pools.remove(board, pool, nodes, deallocation)

    @_event
    def delete_pool(self, board: Board, pool: Pool) -> None:
        pools.delete(board, pool)

    @_event
    def restart_node(self, board: Board, node: Node, event: str, option: str) -> None:
        """`event` is "reboot" or "reimage"."""
        pools.restart(board, node, event, option)

    @_event
    def add_job(self, board: Board, job: Job) -> None:
        jobs.add(board, job)

    @_event
    def update_job(self, board: Board, job: Job) -> None:
        jobs.update(board, job)

    @_event
    def disable_job(self, board: Board, job: Job) -> None:
        jobs.disable(board, job)

    @_event
    def enable_job(self, board: Board, job: Job) -> None:
        jobs.enable(board, job)

    @_event
    def terminate_job(self, board: Board, job: Job, reason: str) -> None:
        jobs.terminate(board, job, reason)

    @_event
    def delete_job(self, board: Board, job: Job) -> None:
        jobs.delete(board, job)

    @_event
    def add_schedule(self, board: Board, schedule: Schedule) -> None:
        schedules.add(board, schedule)

    @_event
    def update_schedule(self, board: Board, schedule: Schedule, *, times: bool) -> None:
        schedules.update(board, schedule, times=times)

    @_event
    def disable_schedule(self, board: Board, schedule: Schedule) -> None:
        schedules.disable(board, schedule)

    @_event
    def enable_schedule(self, board: Board, schedule: Schedule) -> None:
        schedules.enable(board, schedule)

    @_event
    def terminate_schedule(self, board: Board, schedule: Schedule) -> None:
        schedules.terminate(board, schedule)

    @_event
    def delete_schedule(self, board: Board, schedule: Schedule) -> None:
        schedules.delete(board, schedule)

    @_event
    def add_tasks(self, board: Board, added: Iterable[tuple[Task, Body]]) -> None:
        """New tasks of active or disabled jobs, in order, whose ids are free."""
        for task, body in added:
            tasks.add(board, task, body)

    @_event
    def update_task(self, board: Board, task: Task) -> None:
        """Its constraints were changed."""
        tasks.constrain(board, task)

    @_event
    def delete_task(self, board: Board, task: Task) -> None:
        tasks.erase(board, task)

    @_event
    def terminate_task(self, board: Board, task: Task) -> None:
        tasks.terminate(board, task)

    @_event
    def reactivate_task(self, board: Board, task: Task) -> None:
        tasks.reactivate(board, task)
