"""The life of a job: enabled and disabled, prepared for on each node, terminated, released, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchspec.emulator.engine import bodies, managers, tasks
from batchspec.emulator.engine.board import Agenda
from batchspec.emulator.engine.commands import RemoveJob
from batchspec.emulator.engine.edges import Edges
from batchspec.emulator.engine.lanes import Queue
from batchspec.emulator.engine.records import Execution, key

if TYPE_CHECKING:
    from batchspec.emulator.engine.board import Board
    from batchspec.emulator.engine.commands import Outcome, Run
    from batchspec.emulator.engine.records import ExitOptions, Job, Task

ALL_COMPLETE: Final = "AllTasksComplete"
TASK_FAILED: Final = "TaskFailed"
TOO_LONG: Final = "MaxWallClockTimeExpiry"
BY_USER: Final = "UserTerminate"
MANAGER_DONE: Final = "JMComplete"
SCHEDULE_ENDED: Final = "TerminateJobSchedule"

RELEASE_LIMIT = 900.0
"""Seconds a job release task may run when it says nothing itself."""


def add(board: Board, job: Job) -> None:
    """A new job, and with it its manager."""
    _take_up(board, job)
    board.changed[job] = None
    managers.add(board, job)


def _take_up(board: Board, job: Job) -> None:
    board.jobs[key(job.id)] = job
    board.agendas[job] = Agenda(Queue(job), Edges(job))
    board.unsettled[job] = None
    _watch(board, job)


def recover(board: Board, job: Job) -> None:
    """Take up a job as the store had it. What was running on its nodes is not any more."""
    _take_up(board, job)
    if (schedule := board.schedules.get(key(job.schedule_id or ""))) is not None:
        schedule.jobs[key(job.id)] = job
    for executions in (job.preparations, job.releases):
        for execution in executions.values():
            if execution.state == "running":
                execution.state, execution.end_time = "completed", board.now
                execution.failure, execution.result = tasks.ENDED, "failure"
    board.changed[job] = None


def update(board: Board, job: Job) -> None:
    """Its body was changed: priority, limits, completion action, and while it is disabled the pool."""
    queue = board.agendas[job].queue
    board.withhold(queue)
    bodies.read_job(job)
    board.touch(job)
    board.offer(queue)
    board.unsettled[job] = None
    _watch(board, job)


def disable(board: Board, job: Job) -> None:
    """Start no more of its tasks, and treat those that run as `job.disable_tasks` says."""
    board.withhold(board.agendas[job].queue)
    board.move_job(job, "disable")
    if job.disable_tasks == "wait":
        return
    handle = tasks.terminate if job.disable_tasks == "terminate" else tasks.interrupt
    for task in _placed(board, job):
        handle(board, task)


def enable(board: Board, job: Job) -> None:
    board.move_job(job, "enable")


def terminate(board: Board, job: Job, reason: str) -> None:
    """End what runs; what is still queued stays so. It is completed after the release tasks."""
    job.terminate_reason = reason
    _wind_up(board, job, "terminate")


def delete(board: Board, job: Job) -> None:
    """Terminate it if need be, then forget it and all its tasks."""
    _wind_up(board, job, "delete")


def act(board: Board, job: Job, options: ExitOptions, *, failed: bool) -> None:
    """What a task's exit asks of its job; the service terminates it when a failure says nothing else."""
    action = options.job_action or ("terminate" if failed else "none")
    if not job.acts_on_failure or job.state != "active":
        return
    if action == "terminate":
        terminate(board, job, TASK_FAILED)
    elif action == "disable":
        job.disable_tasks = "requeue"
        disable(board, job)


def expire(board: Board, job: Job) -> None:
    """Its time limit may have come."""
    if job.wall_clock is None or board.now < job.created + job.wall_clock:
        return
    if job.state in ("active", "disabling", "disabled"):
        terminate(board, job, TOO_LONG)


def settle(board: Board, job: Job) -> None:
    """Take the next step that nothing stands in the way of any more."""
    agenda = board.agendas.get(job)
    if agenda is None:
        return
    if job.state == "active" and managers.has_ended_job(job):
        terminate(board, job, MANAGER_DONE)
    elif job.state in ("active", "disabled") and job.ends_when_complete and job.counts.completed == len(job.by_key):
        # A disabled one, too: https://github.com/Azure/batch-shipyard/issues/227
        terminate(board, job, ALL_COMPLETE)
    elif job.state == "enabling":
        job.disable_tasks = None
        board.move_job(job, "settle")
        board.offer(agenda.queue)
    elif job.state == "disabling":
        if not any(run.task for run in agenda.runs) and not any(agenda.preparing.values()):
            board.move_job(job, "settle")
    elif job.state in ("terminating", "deleting") and not agenda.runs:
        if not agenda.released:
            agenda.released = True
            _release(board, job)
        if not agenda.runs:
            _finish(board, job)


def preparation_ended(board: Board, run: Run, job: Job, outcome: Outcome) -> None:
    """Start the tasks that waited for it on its node, or send them elsewhere."""
    node = run.node
    board.forget(run)
    body = job.body["jobPreparationTask"]
    again = record(board, job.preparations[node.id], run, outcome, bodies.retries(body.get("constraints")))
    board.changed[job] = None
    if again:
        board.launch("prepare", node, job, None, bodies.limit(body.get("constraints")))
        return
    failed = job.preparations[node.id].result == "failure"
    for task in board.agendas[job].preparing.pop(node, ()):
        if failed:
            # Straight back to the queue: this node does not get it again.
            board.give_back(node, task)
            board.move_task(task, "withdraw")
            board.enqueue(task)
        else:
            tasks.start(board, task, node)


def release_ended(board: Board, run: Run, job: Job, outcome: Outcome) -> None:
    board.forget(run)
    record(board, job.releases[run.node.id], run, outcome, 0)
    board.changed[job] = None


def record(board: Board, execution: Execution, run: Run, outcome: Outcome, retries: int) -> bool:
    """Write down how a start, preparation or release task ended; True when it is to be tried again."""
    failure = outcome.failure
    if run.ending is not None:
        failure = tasks.TIMED_OUT if run.ending == "timeout" else tasks.ENDED
    elif failure is None and outcome.exit_code:
        failure = tasks.EXITED
        if outcome.phase == "exit" and (retries < 0 or execution.retry_count < retries):
            execution.retry_count += 1
            execution.start_time = execution.last_retry_time = board.now
            return True
    execution.state, execution.end_time = "completed", board.now
    execution.exit_code, execution.failure = outcome.exit_code, failure
    execution.result = "success" if failure is None else "failure"
    return False


def _watch(board: Board, job: Job) -> None:
    if job.wall_clock is not None:
        board.at(job.created + job.wall_clock, job)


def _placed(board: Board, job: Job) -> list[Task]:
    agenda = board.agendas[job]
    running = [run.task for run in agenda.runs if run.task and run.ending != "drop"]
    preparing = [task for waiting in agenda.preparing.values() for task in waiting]
    return sorted(running + preparing, key=lambda task: task.number)


def _wind_up(board: Board, job: Job, event: str) -> None:
    agenda = board.agendas[job]
    board.withhold(agenda.queue)
    ending = job.state in ("terminating", "completed")
    board.move_job(job, event)
    if ending:
        return
    for task in _placed(board, job):
        tasks.terminate(board, task)
    for run in sorted(agenda.runs, key=lambda run: run.number):
        board.end(run, "drop")


def _release(board: Board, job: Job) -> None:
    """Run the release task on every node that is still there and ran the preparation task, of whatever pool: the
    job may have moved."""
    body = job.body.get("jobReleaseTask")
    if body is None:
        return
    limit = bodies.limit(body)
    there = {node_id: node for pool in board.pools.values() for node_id, node in pool.nodes.items()}
    for node_id in job.preparations:
        node = there.get(node_id)
        if node is not None and board.is_open(node) and node_id not in job.releases:
            job.releases[node_id] = Execution(board.now)
            board.launch("release", node, job, None, RELEASE_LIMIT if limit is None else limit)
    board.changed[job] = None


def _finish(board: Board, job: Job) -> None:
    if job.state == "terminating":
        job.end_time = board.now
        board.move_job(job, "settle")
        return
    del board.jobs[key(job.id)]
    del board.agendas[job]
    for task in job.by_key.values():
        board.changed.pop(task, None)
    board.changed.pop(job, None)
    board.erased.append(job)
    board.wake_schedule(job)
    board.commands.append(RemoveJob(job))
