"""The life of a pool and its nodes: grown, booted, started, rebooted, shrunk, deleted."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from batchspec.emulator.engine import bodies, jobs, tasks, troubles
from batchspec.emulator.engine.commands import Boot, RemoveNode
from batchspec.emulator.engine.records import Execution, Node, key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchspec.emulator.engine.board import Board
    from batchspec.emulator.engine.commands import Outcome, Run
    from batchspec.emulator.engine.records import Failure, Job, NodeState, Pool

RESIZE_TIMEOUT = 900.0
"""Seconds that nodes may take to come when the pool says nothing itself."""

BROKEN: Final[tuple[NodeState, ...]] = ("unusable", "unknown", "preempted", "starttaskfailed")


def add(board: Board, pool: Pool) -> None:
    board.pools[key(pool.id)] = pool
    board.sampler.watch(board, pool)
    if not pool.scales:
        resize(board, pool, pool.target_dedicated, pool.target_spot, "requeue")


def recover(board: Board, pool: Pool) -> None:
    """Take up a pool as the store had it: its nodes boot again, with the directories they had."""
    board.pools[key(pool.id)] = pool
    board.sampler.watch(board, pool)
    board.unsettled[pool] = None
    if pool.allocation == "resizing" and pool.state == "active" and not pool.resize_errors:
        _fill(board, pool)  # it was waiting for nodes
    for node in pool.nodes.values():
        node.free = pool.slots
        if not node.leaving and node.state not in ("creating", "reimaging"):
            board.move_node(node, "reboot")
        board.unsettled[node] = None


def resize(board: Board, pool: Pool, dedicated: int, spot: int, deallocation: str) -> None:
    """Create the nodes that are missing; those too many leave: broken, idle and young ones first."""
    pool.target_dedicated, pool.target_spot = dedicated, spot
    pool.resize_errors, pool.arriving = (), None
    board.move_pool(pool, "resize")
    for is_dedicated, missing in _missing(pool):
        nodes = [node for node in pool.nodes.values() if node.dedicated is is_dedicated and not node.leaving]
        by_use = sorted(nodes, key=lambda node: _worth(node))
        leave(board, by_use[: max(-missing, 0)], deallocation)
    if any(missing > 0 for _, missing in _missing(pool)):
        _allocate(board, pool)


def arrive(board: Board, pool: Pool) -> None:
    """The nodes that a resize was waiting for may have come, or may have taken too long."""
    if pool.arriving is None or board.now < pool.arriving:
        return
    pool.arriving = None
    board.unsettled[pool] = None
    if not pool.resize_errors:
        _fill(board, pool)


def stop_resize(board: Board, pool: Pool) -> None:
    board.move_pool(pool, "stop")
    pool.resize_errors, pool.arriving = (), None
    staying = [node for node in pool.nodes.values() if not node.leaving]
    pool.target_dedicated = sum(node.dedicated for node in staying)
    pool.target_spot = len(staying) - pool.target_dedicated


def remove(board: Board, pool: Pool, nodes: Iterable[Node], deallocation: str) -> None:
    """Take these nodes out of the pool."""
    nodes = list(nodes)
    lost = sum(node.dedicated for node in nodes)
    pool.target_dedicated -= lost
    pool.target_spot -= len(nodes) - lost
    board.move_pool(pool, "resize")
    leave(board, nodes, deallocation)


def delete(board: Board, pool: Pool) -> None:
    pool.state, pool.state_time = "deleting", board.now
    resize(board, pool, 0, 0, "requeue")


def leave(board: Board, nodes: Iterable[Node], deallocation: str) -> None:
    for node in nodes:
        if not node.leaving:
            board.close(node)
            node.leaving = True
            board.move_node(node, "leave")
            _clear(board, node, deallocation)


def restart(board: Board, node: Node, event: str, option: str) -> None:
    """Reboot or reimage: once its tasks are off it, the node boots again."""
    board.close(node)
    board.move_node(node, event)
    _clear(board, node, option)


def settle(board: Board, pool: Pool) -> None:
    """A pool that has the nodes it should have is steady; a deleted one without nodes is gone."""
    if key(pool.id) not in board.pools or any(n.leaving or n.state == "creating" for n in pool.nodes.values()):
        return
    if pool.arriving is not None:
        return
    if pool.state == "deleting":
        board.sampler.forget(pool)
        del board.pools[key(pool.id)]
        board.changed.pop(pool, None)
        board.erased.append(pool)
    elif pool.allocation != "steady":
        board.move_pool(pool, "settle")


def settle_node(board: Board, node: Node) -> None:
    """Take the node's next step, if nothing runs on it that is in the way."""
    if node.state == "running" and not node.tasks:
        board.move_node(node, "rest")
    elif node.state in ("creating", "leavingpool", "rebooting", "reimaging") and not board.occupied(node):
        if node in board.booting:
            return
        if node.leaving:
            _gone(board, node)
        else:
            board.booting.add(node)
            board.commands.append(Boot(node, wipe=node.state in ("creating", "reimaging")))


def booted(board: Board, node: Node) -> None:
    """Its directories are there: run the start task, if there is one, and take tasks."""
    board.booting.discard(node)
    if node.leaving:
        board.unsettled[node] = None
        return
    _forget_preparations(board, node)
    board.move_node(node, "boot")
    board.unsettled[node.pool] = None
    node.boot_time = board.now
    node.start_task, node.errors = None, ()
    if "startTask" in node.pool.body:
        node.start_task = Execution(board.now)
        board.launch("start", node, None, None, None)
        if bodies.waits_for_start_task(node.pool):
            board.move_node(node, "wait")
            return
    _ready(board, node)


def boot_failed(board: Board, node: Node, failure: Failure) -> None:
    """Its directories could not be made."""
    board.booting.discard(node)
    if not node.leaving:
        node.errors = (failure,)
        board.move_node(node, "break")
        board.unsettled[node.pool] = None
    board.unsettled[node] = None


def start_task_ended(board: Board, run: Run, outcome: Outcome) -> None:
    node = run.node
    board.forget(run)
    board.changed[node] = None
    board.unsettled[node] = None
    if node.start_task is None:
        raise ValueError(run)
    retries = bodies.retries(node.pool.body.get("startTask"))
    if jobs.record(board, node.start_task, run, outcome, retries):
        board.launch("start", node, None, None, None)
    elif node.state == "waitingforstarttask":
        if node.start_task.result == "success":
            _ready(board, node)
        else:
            board.move_node(node, "fail")


def _ready(board: Board, node: Node) -> None:
    board.move_node(node, "ready")
    board.open(node)


def _allocate(board: Board, pool: Pool) -> None:
    """Get what is missing, unless somebody asked for trouble."""
    trouble = troubles.of(board.troubles, key(pool.id))
    if trouble.error is not None and trouble.refuses:
        board.troubles[key(pool.id)] = trouble.spent()
        pool.resize_errors = (trouble.error,)
    elif trouble.delay:
        patience = bodies.limit(pool.body, "resizeTimeout") or RESIZE_TIMEOUT
        if trouble.delay > patience:
            pool.resize_errors = (troubles.TIMED_OUT,)
        pool.arriving = board.now + min(trouble.delay, patience)
        board.at(pool.arriving, pool)
    else:
        _fill(board, pool)


def _fill(board: Board, pool: Pool) -> None:
    for is_dedicated, missing in _missing(pool):
        for _ in range(missing):
            _create(board, pool, dedicated=is_dedicated)


def _worth(node: Node) -> tuple[bool, bool, int, int]:
    """Which nodes go last: those that work, above all for a job manager, and the old ones."""
    managed = any(task.job.manager is task for task in node.tasks)
    return node.state not in BROKEN, managed, len(node.tasks), -node.number


def _missing(pool: Pool) -> tuple[tuple[bool, int], tuple[bool, int]]:
    """How many nodes of each kind are to come (True: dedicated); less than none are to go."""
    staying = [node.dedicated for node in pool.nodes.values() if not node.leaving]
    return (True, pool.target_dedicated - sum(staying)), (False, pool.target_spot - staying.count(False))


def _create(board: Board, pool: Pool, *, dedicated: bool) -> None:
    pool.node_counter += 1
    # Short, because virtual environments write the whole path into the first line of scripts.
    digest = sha256(f"{pool.id}/{pool.created}/{pool.node_counter}".encode()).hexdigest()[:16]
    node_id = f"tvmps_{digest}_{'d' if dedicated else 'p'}"
    node = Node(node_id, pool, dedicated, pool.node_counter, board.now, board.now, state_time=board.now)
    node.free = pool.slots
    pool.nodes[node_id] = node
    board.changed[node] = None
    board.unsettled[node] = None


def _clear(board: Board, node: Node, option: str) -> None:
    """Deal with what runs on a node that stops taking tasks."""
    for run in board.runs_on(node):
        if run.task is None:
            board.end(run, "drop")
    if option in ("taskcompletion", "retaineddata"):
        return
    handle = tasks.terminate if option == "terminate" else tasks.interrupt
    for task in tuple(node.tasks):
        if task.state in ("preparing", "running"):
            handle(board, task)


def _gone(board: Board, node: Node) -> None:
    pool = node.pool
    del pool.nodes[node.id]
    board.changed.pop(node, None)
    board.erased.append(node)
    board.unsettled[pool] = None
    board.commands.append(RemoveNode(node))


def _forget_preparations(board: Board, node: Node) -> None:
    """After a boot, which job preparation tasks have to run again here."""
    for job in board.jobs.values():
        preparation = job.preparations.get(node.id)
        if preparation is not None and _reruns(job, preparation, node):
            del job.preparations[node.id]
            board.changed[job] = None


def _reruns(job: Job, preparation: Execution, node: Node) -> bool:
    if job.state not in ("active", "disabling", "disabled", "enabling"):
        return False
    if preparation.result != "success" or node.state in ("reimaging", "creating"):
        return True
    return job.body["jobPreparationTask"].get("rerunOnNodeRebootAfterSuccess") is not False
