"""The life of a task: queued, placed, prepared for, run, retried, completed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchspec.emulator.engine import bodies
from batchspec.emulator.engine.board import count
from batchspec.emulator.engine.commands import RemoveTask
from batchspec.emulator.engine.records import Execution, ExitOptions, Failure, Task, key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchspec.emulator.engine.board import Board
    from batchspec.emulator.engine.commands import Outcome, Run
    from batchspec.emulator.engine.lanes import Lane, Queue
    from batchspec.emulator.engine.records import Body, Job, Node

RECENT_TASKS = 10

EXITED: Final = Failure(
    "UserError",
    "FailureExitCode",
    "The task exited with an exit code representing a failure",
    (("Message", "The task process exited with an unexpected exit code"),),
)
ENDED: Final = Failure("UserError", "TaskEnded", "Task Was Ended by User Request")
TIMED_OUT: Final = Failure(
    "UserError", "TaskEnded", "The task was ended because it exceeded its maximum wall-clock time"
)


def add(board: Board, task: Task, body: Body) -> None:
    """A new task, whose id is free in its job."""
    job = task.job
    job.by_key[key(task.id)] = task
    job.moved[task] = None
    count(task, 1)
    await_dependencies(board, task, body)
    if task.state == "active" and not task.waiting:
        board.enqueue(task)


def await_dependencies(board: Board, task: Task, body: Body) -> None:
    """Count into `task.waiting` what must happen before it can run."""
    if "dependsOn" in body:
        board.agendas[task.job].edges.add(task, *bodies.dependencies(body))
    if dying := board.dying.get((task.job, key(task.id))):
        _wait_for(board, task, dying)
    if task.waiting and task.state == "active":
        board.agendas[task.job].held += 1


def place(board: Board, pool_key: str) -> None:
    """Start what can start in this pool."""
    pool = board.pools.get(pool_key)
    lane = board.lanes[pool_key]
    if pool is None:
        return
    for queue in tuple(lane.queues):
        _place_job(board, lane, queue, pack=pool.pack)
        if not queue:
            lane.leave(queue)


def _place_job(board: Board, lane: Lane, queue: Queue, *, pack: bool) -> None:
    job = queue.job
    while job.max_parallel < 0 or job.counts.running < job.max_parallel:
        for task in queue.heads():
            if node := lane.room(task, pack=pack):
                queue.pop(task)
                _assign(board, task, node)
                break
            if task is job.manager:
                return  # the others come after it
        else:
            return


def _assign(board: Board, task: Task, node: Node) -> None:
    job = task.job
    board.take(node, task)
    task.pool_id, task.node_id = node.pool.id, node.id
    preparation = job.preparations.get(node.id)
    if preparation is None and "jobPreparationTask" in job.body:
        preparation = job.preparations[node.id] = Execution(board.now)
        board.launch("prepare", node, job, None, bodies.limit(job.body["jobPreparationTask"].get("constraints")))
        board.changed[job] = None
    if preparation is None or preparation.state == "completed" or not bodies.waits_for_preparation(job):
        start(board, task, node)
    else:
        board.move_task(task, "prepare")
        board.agendas[job].preparing.setdefault(node, []).append(task)


def start(board: Board, task: Task, node: Node) -> None:
    """Run the command of a task that holds its slots."""
    task.start_time = board.now
    if task.retry_count and task.last_retry_time is None:
        task.last_retry_time = board.now
    board.move_task(task, "start")
    board.launch("task", node, task.job, task, task.wall_clock)


def withdraw(board: Board, task: Task) -> None:
    """Take a preparing task back into the queue."""
    _unprepare(board, task)
    board.move_task(task, "withdraw")
    board.enqueue(task)


def ended(board: Board, run: Run, task: Task, outcome: Outcome) -> ExitOptions | None:
    """The command is over. When that completes the task: what its exit conditions say."""
    node = run.node
    board.forget(run)
    board.give_back(node, task)
    if run.ending == "drop":
        name = (task.job, key(task.id))
        if board.dying.get(name) is run:
            del board.dying[name]
        if task.job.by_key.get(name[1]) is not task:
            board.commands.append(RemoveTask(task))
        _satisfy(board, task.job, _token(run))
        return None
    if run.ending == "requeue":
        requeue(board, task)
        return None
    if _retries(run, task, outcome):
        task.retry_count += 1
        task.last_retry_time = None
        board.move_task(task, "retry")
        board.enqueue(task)
        return None
    if run.ending == "timeout":
        outcome = outcome._replace(failure=TIMED_OUT)
    elif outcome.failure is None and outcome.exit_code:
        outcome = outcome._replace(failure=EXITED)
    options = exit_options(task, outcome)
    succeeded = outcome.failure is None
    node.total_run += 1
    node.total_succeeded += succeeded
    node.recent = [task, *node.recent[: RECENT_TASKS - 1]]
    complete(
        board, task, outcome.exit_code, outcome.failure,
        satisfied=succeeded if options.satisfies is None else options.satisfies,
    )  # fmt: skip
    return options


def complete(board: Board, task: Task, exit_code: int | None, failure: Failure | None, *, satisfied: bool) -> None:
    task.end_time, task.exit_code, task.failure = board.now, exit_code, failure
    board.move_task(task, "end", "success" if failure is None else "failure")
    task.satisfied = satisfied
    if satisfied:
        _satisfy(board, task.job, key(task.id))
    board.unsettled[task.job] = None


def constrain(board: Board, task: Task) -> None:
    """Its limits were changed; a new time limit holds for the present run, too."""
    board.touch(task)
    run = board.runs.get(task)
    if run is not None and task.wall_clock is not None:
        board.at(run.started + task.wall_clock, run)


def requeue(board: Board, task: Task) -> None:
    """After a run that does not count, because its node went away or its job was disabled."""
    _count_requeue(board, task)
    board.enqueue(task)


def interrupt(board: Board, task: Task) -> None:
    """Bring a task that is preparing or running back to the queue, as soon as its process is over."""
    if task.state == "preparing":
        withdraw(board, task)
    elif task.state == "running":
        board.end(board.runs[task], "requeue")


def terminate(board: Board, task: Task) -> None:
    """Complete a task now. Its process is ended, but nobody waits for that."""
    if task.state == "preparing":
        _unprepare(board, task)
    _abandon(board, task)
    complete(board, task, None, ENDED, satisfied=False)


def erase(board: Board, task: Task) -> None:
    """Forget a task; it no longer holds back its dependents."""
    if task.state == "preparing":
        _unprepare(board, task)
    _abandon(board, task, at_once=True)
    if task not in board.runs:
        board.commands.append(RemoveTask(task))
    job = task.job
    count(task, -1)
    if task.waiting and task.state == "active":
        board.agendas[job].held -= 1
    del job.by_key[key(task.id)]
    job.moved.pop(task, None)
    board.changed.pop(task, None)
    board.erased.append(task)
    _satisfy(board, job, key(task.id))
    board.unsettled[job] = None


def recover(board: Board, stored: Iterable[tuple[Task, Body]]) -> None:
    """Take up tasks as the store had them, in order of addition. What ran is queued again, unless its job is ending."""
    transitions: list[Task] = []
    open_: list[tuple[Task, Body]] = []
    for task, body in stored:
        task.job.by_key[key(task.id)] = task
        if task.number == task.job.number + 1 and "jobManagerTask" in task.job.body:
            task.job.manager = task  # the two are made in one step
        count(task, 1)
        transitions.append(task)
        if task.state != "completed":
            open_.append((task, body))
    for task in sorted(transitions, key=lambda task: task.state_time):
        task.job.moved[task] = None
    for task, body in open_:  # only now is every task there that one of these may depend on
        await_dependencies(board, task, body)
        if task.state != "active" and task.job.state in ("terminating", "deleting"):
            complete(board, task, None, ENDED, satisfied=False)
        elif task.state == "preparing":
            board.move_task(task, "withdraw")
        elif task.state == "running":
            _count_requeue(board, task)
        if task.state == "active" and not task.waiting:
            board.enqueue(task)


def reactivate(board: Board, task: Task) -> None:
    """Try a failed task again, with all its retries."""
    task.retry_count, task.last_retry_time = 0, None
    task.start_time = task.end_time = task.exit_code = task.failure = None
    task.satisfied = False
    board.move_task(task, "reactivate")
    if dying := board.dying.get((task.job, key(task.id))):
        board.agendas[task.job].held += not task.waiting
        _wait_for(board, task, dying)
    else:
        board.enqueue(task)


def exit_options(task: Task, outcome: Outcome) -> ExitOptions:
    """Which of the task's exit conditions holds; for an upload error, one for its exit code comes first."""
    conditions = task.exit_conditions
    if conditions is None:
        return ExitOptions()
    code = outcome.exit_code
    if code is not None:
        for first, last, options in conditions.ranges:
            if first <= code <= last:
                return options
    specific = {"prepare": conditions.pre_processing, "upload": conditions.upload, "exit": None}[outcome.phase]
    fallback = conditions.default if outcome.failure is not None else None
    return specific or fallback or ExitOptions()


def _count_requeue(board: Board, task: Task) -> None:
    task.requeue_count += 1
    task.last_requeue_time = board.now
    board.move_task(task, "requeue")


def _retries(run: Run, task: Task, outcome: Outcome) -> bool:
    if run.ending is not None or outcome.phase != "exit" or not outcome.exit_code:
        return False
    return task.max_retries < 0 or task.retry_count < task.max_retries


def _unprepare(board: Board, task: Task) -> None:
    """Take a task that waits for preparation off its node."""
    for node, tasks in board.agendas[task.job].preparing.items():
        if task in tasks:
            tasks.remove(task)
            board.give_back(node, task)
            return


def _abandon(board: Board, task: Task, *, at_once: bool = False) -> None:
    if run := board.runs.get(task):
        board.dying[task.job, key(task.id)] = run
        board.end(run, "drop", at_once=at_once)


def _wait_for(board: Board, task: Task, dying: Run) -> None:
    # Its directory still belongs to the process of an earlier run under the same id.
    board.agendas[task.job].edges.hold(task, _token(dying))


def _token(run: Run) -> str:
    return f"/{run.number}"


def _satisfy(board: Board, job: Job, parent: str) -> None:
    for task in board.agendas[job].edges.satisfy(parent):
        if task.state == "active" and job.by_key.get(key(task.id)) is task:
            board.agendas[job].held -= 1
            board.enqueue(task)
