"""The job manager task: an ordinary task that the service adds with its job, and what sets it apart.

| member | what it does here |
| --- | --- |
| `killJobOnCompletion` | true unless said otherwise: the job ends when the task does, whatever the task's result |
| `runExclusive` | true unless said otherwise: it starts on a node where nothing runs, and nothing is put beside it |
| `allowLowPriorityNode` | false keeps it off low-priority nodes |

It comes before the other tasks of its job: while it waits for a node, they wait, too. What the service only tries is
not done here: a manager that has to be restarted takes no slot away from a task that runs, and no node is kept free
for one that runs alone. Where the service is silent: a manager that ends while its job is disabled ends the job when
that is enabled again, and one that fails in a job with `onTaskFailure` ends it for that reason, `TaskFailed`.

Source: JobManagerTask in https://learn.microsoft.com/rest/api/batchservice/job/add
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchspec.emulator.engine import bodies, tasks
from batchspec.emulator.engine.records import Task, first_version

if TYPE_CHECKING:
    from batchspec.emulator.engine.board import Board
    from batchspec.emulator.engine.records import Job


def add(board: Board, job: Job) -> None:
    """The job is new: add its manager, if it has one, as its first task."""
    body = bodies.manager_task(job.body)
    if body is None:
        return
    now = board.now
    task = job.manager = Task(
        board.serial(), body["id"], job, now, first_version(now), state_time=now, modified=now
    )  # fmt: skip
    bodies.read_task(task, body)
    board.added.append((task, body))
    tasks.add(board, task, body)


def has_ended_job(job: Job) -> bool:
    """Whether the manager is done, and the job with it."""
    manager = job.manager
    if manager is None or manager.state != "completed":
        return False
    return job.body["jobManagerTask"].get("killJobOnCompletion") is not False
