"""Nodes that fail because somebody asked for it, with what runs on them, and their return.

    unusable         the node has errors and takes no tasks, until it is rebooted
    died             the service has lost contact: state "unknown", its files cannot be read
    startTaskFailed  as after a boot whose start task failed
    preempted        a low-priority node that was taken back; what was on it is lost

What ran there goes back to the queue, as after a requeue: `requeueCount` grows, `retryCount` does not. (The service's
documents speak of user requests alone for `requeueCount`: this is what the engine does with all that it interrupts.)
The pool does not replace such a node by itself. It comes back by a reboot; one that was preempted is made anew under
its old id, as https://learn.microsoft.com/azure/batch/batch-spot-vms says. The codes of node errors are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

from batchspec.emulator.engine import pools, tasks
from batchspec.emulator.engine.records import Execution, Failure

if TYPE_CHECKING:
    from batchspec.emulator.engine.board import Board
    from batchspec.emulator.engine.records import Node

Kind = Literal["unusable", "died", "startTaskFailed", "preempted"]
KINDS: Final[dict[str, Kind]] = {kind: kind for kind in get_args(Kind)}

_EVENTS: Final[dict[Kind, str]] = {
    "unusable": "break",
    "died": "lose",
    "startTaskFailed": "fail",
    "preempted": "preempt",
}
_ERRORS: Final[dict[Kind, tuple[Failure, ...]]] = {
    "unusable": (Failure("ServerError", "NodeUnusable", "The node has met an error and cannot run tasks"),),
    "died": (Failure("ServerError", "NodeNotReachable", "The service has lost contact with the node"),),
    "startTaskFailed": (),
    "preempted": (),
}


def fail(board: Board, node: Node, how: Kind, lasting: float | None) -> None:
    """End what runs on the node, at once; without `lasting` (seconds) it stays as it is then."""
    board.close(node)
    board.move_node(node, _EVENTS[how])
    node.errors = _ERRORS[how]
    if how == "startTaskFailed":
        node.start_task = Execution(board.now, "completed", board.now, 1, tasks.EXITED, result="failure")
    for task in tuple(node.tasks):
        if task.state == "preparing":
            tasks.withdraw(board, task)
    for run in board.runs_on(node):
        board.end(run, "drop" if run.task is None else "requeue", at_once=True)
    node.mend_at = None if lasting is None else board.now + lasting
    if node.mend_at is not None:
        board.at(node.mend_at, node)


def mend(board: Board, node: Node) -> None:
    """Bring a failed node back."""
    node.mend_at = None
    if node.leaving or node.state not in pools.BROKEN:
        return
    if node.state == "preempted":
        node.created = board.now
        board.move_node(node, "replace")
    else:
        pools.restart(board, node, "reboot", "requeue")


def mend_if_due(board: Board, node: Node) -> None:
    if node.mend_at is not None and board.now >= node.mend_at:
        mend(board, node)
