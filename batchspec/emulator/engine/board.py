"""The scheduler's state and its few primitive moves; every change of a record passes through here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import heappush
from typing import TYPE_CHECKING

from batchspec.emulator.engine import states
from batchspec.emulator.engine.commands import Kill, Run, Start
from batchspec.emulator.engine.edges import Edges
from batchspec.emulator.engine.lanes import Lane, Queue, runs_alone
from batchspec.emulator.engine.records import Job, Node, Pool, Schedule, Task, key
from batchspec.emulator.engine.samples import Sampler

if TYPE_CHECKING:
    from batchspec.emulator.engine.commands import Command, Ending, Kind
    from batchspec.emulator.engine.records import Body, Result
    from batchspec.emulator.engine.troubles import Troubles

Record = Pool | Node | Job | Task | Schedule
Timed = Run | Job | Schedule | Pool | Node | Sampler
"""What can be looked at again at a certain time."""


@dataclass(eq=False, slots=True)
class Agenda:
    """What the scheduler keeps beside a job."""

    queue: Queue
    edges: Edges
    runs: set[Run] = field(default_factory=set)
    preparing: dict[Node, list[Task]] = field(default_factory=dict)
    released: bool = False
    """Whether its release tasks were ordered."""
    held: int = 0
    """Its active tasks that wait for others; all other active ones are ready."""


class Board:
    """Records, queues and timers, and what came of the present event: commands, changes, things to settle."""

    def __init__(self) -> None:
        self.now = 0.0
        self.broken = False
        self.pools: dict[str, Pool] = {}
        self.jobs: dict[str, Job] = {}
        self.schedules: dict[str, Schedule] = {}
        self.agendas: dict[Job, Agenda] = {}
        self.lanes: defaultdict[str, Lane] = defaultdict(Lane)
        self.runs: dict[Task | Node | tuple[Job, Node], Run] = {}
        self.dying: dict[tuple[Job, str], Run] = {}
        """Runs of tasks that were terminated or deleted, by the task's key: a process may outlive its record."""
        self.timers: list[tuple[float, int, Timed]] = []
        self.booting: set[Node] = set()
        self.commands: list[Command] = []
        self.changed: dict[Record, None] = {}
        self.erased: list[Record] = []
        self.added: list[tuple[Task, Body]] = []
        """Tasks that the service made itself: unlike those of requests, nobody has stored them yet."""
        self.unsettled: dict[Job | Node | Pool | Schedule, None] = {}
        self.unplaced: dict[str, None] = {}
        self.sampler = Sampler()
        self.troubles: Troubles = {}
        self.last_serial = 0
        self._counter = 0

    def serial(self) -> int:
        """A number that no pool, job, task or schedule of the account had before."""
        self.last_serial += 1
        return self.last_serial

    def number(self) -> int:
        self._counter += 1
        return self._counter

    def touch(self, record: Pool | Job | Task | Schedule) -> None:
        """A change of the record itself, as ETag and Last-Modified show it."""
        record.version += 1
        record.modified = self.now
        self.changed[record] = None

    # Moves.

    def move_task(self, task: Task, event: str, result: Result | None = None) -> None:
        job, before = task.job, task.state
        after = states.TASK[before, event]
        count(task, -1)
        task.previous_state, task.previous_state_time = before, task.state_time
        task.state, task.state_time = after, self.now
        task.result = result
        count(task, 1)
        if task.waiting:
            self.agendas[job].held += (after == "active") - (before == "active")
        job.moved.pop(task, None)
        job.moved[task] = None
        task.version += 1
        self.changed[task] = None

    def move_job(self, job: Job, event: str) -> None:
        job.previous_state, job.previous_state_time = job.state, job.state_time
        job.state, job.state_time = states.JOB[job.state, event], self.now
        self.touch(job)
        self.unsettled[job] = None
        if job.state == "completed":
            self.wake_schedule(job)

    def move_schedule(self, schedule: Schedule, event: str) -> None:
        schedule.previous_state, schedule.previous_state_time = schedule.state, schedule.state_time
        schedule.state, schedule.state_time = states.SCHEDULE[schedule.state, event], self.now
        self.touch(schedule)
        self.unsettled[schedule] = None

    def wake_schedule(self, job: Job) -> None:
        """One of its jobs has ended or is gone."""
        schedule = self.schedules.get(key(job.schedule_id or ""))
        if schedule is not None:
            self.unsettled[schedule] = None

    def move_node(self, node: Node, event: str) -> None:
        node.state, node.state_time = states.NODE[node.state, event], self.now
        self.changed[node] = None
        self.unsettled[node] = None

    def move_pool(self, pool: Pool, event: str) -> None:
        pool.allocation, pool.allocation_time = states.ALLOCATION[pool.allocation, event], self.now
        self.touch(pool)
        self.unsettled[pool] = None

    # Runs.

    def launch(self, kind: Kind, node: Node, job: Job | None, task: Task | None, limit: float | None) -> Run:
        run = Run(self.number(), kind, node, job, task, self.now)
        self.runs[owner(run)] = run
        if job is not None:
            self.agendas[job].runs.add(run)
        if limit is not None:
            self.at(self.now + limit, run)
        self.commands.append(Start(run))
        return run

    def end(self, run: Run, ending: Ending, *, at_once: bool = False) -> None:
        """Stop a run. "drop" overrides what was said before; anything else only says it first."""
        if run.ending is None or ending == "drop":
            if run.ending is None or at_once:
                self.commands.append(Kill(run, at_once))
            run.ending = ending

    def forget(self, run: Run) -> None:
        """The run is over."""
        del self.runs[owner(run)]
        if run.job is not None:
            self.agendas[run.job].runs.discard(run)
            if run.job.state != "active":
                self.unsettled[run.job] = None

    def at(self, when: float, what: Timed) -> None:
        """Look at `what` again at that time."""
        heappush(self.timers, (when, self.number(), what))

    def runs_on(self, node: Node) -> list[Run]:
        """For rare events: it looks at all runs."""
        return [run for run in self.runs.values() if run.node is node]

    def occupied(self, node: Node) -> bool:
        return bool(node.tasks) or any(run.node is node for run in self.runs.values())

    # Slots.

    def take(self, node: Node, task: Task) -> None:
        self._occupy(node, _taken(node, task))
        node.tasks[task] = None
        if node.state == "idle":
            self.move_node(node, "work")

    def give_back(self, node: Node, task: Task) -> None:
        self._occupy(node, -_taken(node, task))
        del node.tasks[task]
        if not node.tasks:
            self.unsettled[node] = None

    def open(self, node: Node) -> None:
        """From now on the node takes tasks."""
        pool = key(node.pool.id)
        self.lanes[pool].open(node)
        self.unplaced[pool] = None

    def close(self, node: Node) -> None:
        self.lanes[key(node.pool.id)].close(node)

    def is_open(self, node: Node) -> bool:
        return node.state in ("idle", "running")

    def enqueue(self, task: Task) -> None:
        """The task could run now, if its job may."""
        agenda = self.agendas[task.job]
        agenda.queue.push(task)
        self.offer(agenda.queue)

    def offer(self, queue: Queue) -> None:
        """Let the job's tasks run if it is active; also after a change of what it may do."""
        if queue.job.state == "active" and queue:
            pool = key(queue.job.pool_id)
            self.lanes[pool].enter(queue)
            self.unplaced[pool] = None

    def withhold(self, queue: Queue) -> None:
        self.lanes[key(queue.job.pool_id)].leave(queue)

    def _occupy(self, node: Node, slots: int) -> None:
        pool = key(node.pool.id)
        lane = self.lanes[pool]
        lane.close(node)
        node.free -= slots
        if self.is_open(node):
            lane.open(node)
            self.unplaced[pool] = None


def _taken(node: Node, task: Task) -> int:
    return node.pool.slots if runs_alone(task) else task.slots


def owner(run: Run) -> Task | Node | tuple[Job, Node]:
    """What there is at most one run for at a time."""
    if run.task is not None:
        return run.task
    return run.node if run.job is None else (run.job, run.node)


def count(task: Task, sign: int) -> None:
    """Add the task to its job's counts, or take it out."""
    job = task.job
    for counts, amount in ((job.counts, sign), (job.slot_counts, sign * task.slots)):
        if task.state == "completed":
            counts.completed += amount
            if task.result == "success":
                counts.succeeded += amount
            else:
                counts.failed += amount
        elif task.state == "active":
            counts.active += amount
        else:
            counts.running += amount
