"""Pools that are sized by a formula: evaluated when autoscale begins and at each interval, by the engine's clock.

What the service does while a resize is still under way is not documented; here an evaluation that wants another size
takes its place. One that wants the size that the last resize did not reach (it was stopped, or it failed) tries again.
After a restart of the engine an evaluation that is overdue comes at once, and finds no samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchspec.autoscale import World, evaluate
from batchspec.emulator.engine import bodies, pools
from batchspec.emulator.engine.records import Failure, ScaleRun, key
from batchspec.emulator.engine.samples import utc

if TYPE_CHECKING:
    from batchspec.autoscale import Result
    from batchspec.emulator.engine.board import Board
    from batchspec.emulator.engine.records import Pool

INTERVAL: Final = "PT15M"
MOST_NODES: Final = 1_000
"""Of a pool. Each is a set of directories on this machine and takes its time to make."""


def begin(board: Board, pool: Pool) -> None:
    """Evaluate now, and from now on at each interval: autoscale is on, or its formula or interval is another."""
    pool.scale_next = board.now
    due(board, pool)


def end(board: Board, pool: Pool) -> None:
    """Leave the pool at the size that it has, or is about to have."""
    pool.scale_next = pool.scale_run = None
    board.changed[pool] = None


def recover(board: Board, pool: Pool) -> None:
    """Take up a pool as the store had it."""
    if pool.scale_next is not None:
        board.at(pool.scale_next, pool)


def due(board: Board, pool: Pool) -> None:
    """Evaluate the formula if it is time, once however many intervals have passed."""
    if pool.scale_next is None or board.now < pool.scale_next or pool.state != "active":
        return
    interval = bodies.seconds(pool.body["autoScaleEvaluationInterval"])
    pool.scale_next += interval * (1 + (board.now - pool.scale_next) // interval)
    board.at(pool.scale_next, pool)
    board.sampler.take(board)
    result, pool.scale_run = run(board, pool, pool.body["autoScaleFormula"], board.now)
    board.changed[pool] = None
    if pool.scale_run.error is None:
        _apply(board, pool, result)


def expects_nodes(board: Board) -> bool:
    """Whether tasks are ready for a pool that may yet grow for them. One that has not, two intervals after anything
    happened to their job, is not waited for."""
    for job in board.jobs.values():
        pool = board.pools.get(key(job.pool_id))
        if pool is None or pool.scale_next is None or job.state != "active":
            continue
        patience = 2 * bodies.seconds(pool.body["autoScaleEvaluationInterval"])
        ready = job.counts.active > board.agendas[job].held
        if ready and board.now < next(reversed(job.moved)).state_time + patience:
            return True
    return False


def run(board: Board, pool: Pool, formula: str, now: float) -> tuple[Result, ScaleRun]:
    """What a formula makes of a pool now. Its random numbers depend on the pool and the time alone."""
    states = [node.state for node in pool.nodes.values()]
    world = World(
        utc(now),
        board.sampler.of(pool, formula),
        dedicated=pool.current_dedicated,
        low_priority=pool.current_spot,
        target_dedicated=pool.target_dedicated,
        target_low_priority=pool.target_spot,
        task_slots_per_node=pool.slots,
        preempted=states.count("preempted"),
        usable=states.count("idle") + states.count("running"),
        seed=pool.number * 1_000_003 + int(now),
    )
    result = evaluate(formula, world)
    return result, ScaleRun(now, result.results, _error(result))


def _error(result: Result) -> Failure | None:
    if result.error is not None:
        return Failure("UserError", result.error.code, result.error.message, (("Message", result.error.detail),))
    if result.dedicated + result.low_priority <= MOST_NODES:
        return None
    reason = f"a pool of this local service has at most {MOST_NODES} nodes, dedicated and low-priority together"
    return Failure(
        "UserError", "AutoScalingFormulaEvaluationError", "Autoscale evaluation failed", (("Message", reason),)
    )


def _apply(board: Board, pool: Pool, result: Result) -> None:
    wanted = (result.dedicated, result.low_priority)
    reached = pool.allocation != "steady" or wanted == (pool.current_dedicated, pool.current_spot)
    if wanted != (pool.target_dedicated, pool.target_spot) or not reached:
        pools.resize(board, pool, *wanted, result.deallocation)
