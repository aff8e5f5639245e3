"""BS330, BS331, BS332: machines that are given back, a job that ends, directories that go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec

_KEPT = timedelta(days=7)  # what the service keeps a directory for when not told otherwise


def check(spec: Spec) -> Iterator[Diagnostic]:
    """What would cost without an end. On this machine nothing costs."""
    if spec.target == "local":
        return
    yield from _pool(spec)
    yield from _job(spec)
    yield from _retention(spec)


def _pool(spec: Spec) -> Iterator[Diagnostic]:
    pool, finish = spec.keys.pool, spec.keys.on_finish
    nodes = pool.nodes if pool is not None else None
    if pool is None or pool.lifetime is not None or nodes is None or nodes.autoscale is not None:
        return
    if not (nodes.dedicated or nodes.spot):
        return
    if finish is None or not finish.has("pool"):
        message = "the pool keeps its nodes, and costs, until somebody takes them away"
        hint = "say on_finish: {pool: delete}, or scale_to_zero, or keep; or give the pool a lifetime"
        yield finding("BS330", message, pool.at("nodes"), f"{pool.pointer}/nodes", hint)


def _job(spec: Spec) -> Iterator[Diagnostic]:
    job = spec.keys.job
    if job is not None and job.timeout is None:
        message = "the job has no time limit: a task that hangs would keep it, and its nodes, for ever"
        yield finding("BS331", message, spec.keys.node.keys["job"], "/job/timeout", "say job.timeout, for example 2h")


def _retention(spec: Spec) -> Iterator[Diagnostic]:
    """Told once: a note that came with every task would hide the others."""
    if _goes_anyway(spec):
        return
    without = [(task, count) for task, count in spec.examples() if "retention" not in task.node.values]
    if without:
        task = without[0][0]
        more = sum(count for _, count in without) - 1
        name = f'task "{task.id}"' + (f" (and {more:,} more)" if more else "")
        message = f"the directory of {name} stays on its node for 7 days"
        hint = "say job.task_defaults: {retention: 1d}, so that the nodes' disks do not fill up"
        yield finding("BS332", message, task.at("id"), f"{task.pointer}/retention", hint)


def _goes_anyway(spec: Spec) -> bool:
    """Whether the directories go with the nodes or with the job."""
    pool = spec.keys.pool
    if pool is not None and spec.machines is pool and pool.lifetime is not None and pool.lifetime <= _KEPT:
        return True
    finish, job = spec.keys.on_finish, spec.keys.job
    if finish is not None and (finish.job == "delete" or (finish.pool != "keep" and spec.machines is spec.keys.pool)):
        return True
    own = job.pool_info.auto_pool_specification if job is not None and job.pool_info is not None else None
    return own is not None and not own.keep_alive
