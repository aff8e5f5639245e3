"""What the scheduler asks of its driver, and what the driver answers: plain values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from batchspec.emulator.engine.records import Failure, Job, Node, Task

Kind = Literal["start", "prepare", "task", "release"]
Ending = Literal["requeue", "timeout", "drop"]


@dataclass(eq=False, slots=True)
class Run:
    """One process on one node, from the order to start it until its `Outcome`. It holds its slots so long."""

    number: int
    kind: Kind
    node: Node
    job: Job | None
    task: Task | None
    started: float
    ending: Ending | None = None
    """Why it was told to stop; "drop" when nobody cares for its outcome any more."""


class Outcome(NamedTuple):
    """How a run ended. `phase` is where it ended: before the command, by its exit, or uploading its files."""

    exit_code: int | None
    failure: Failure | None = None
    phase: Literal["prepare", "exit", "upload"] = "exit"


class Boot(NamedTuple):
    """Make the node's directories, empty ones if `wipe`; answered by `Scheduler.booted`."""

    node: Node
    wipe: bool


class Start(NamedTuple):
    """Answered by `Scheduler.ended`, exactly once."""

    run: Run


class Kill(NamedTuple):
    """End the run's processes: politely first, unless `at_once`. Its `Start` is still answered."""

    run: Run
    at_once: bool


class RemoveNode(NamedTuple):
    """Remove the directories of a node that left its pool."""

    node: Node


class RemoveJob(NamedTuple):
    """Remove the job's directories on every node."""

    job: Job


class RemoveTask(NamedTuple):
    """Remove the directory of a task that was deleted."""

    task: Task


Command = Boot | Start | Kill | RemoveNode | RemoveJob | RemoveTask
