"""BS202, BS221: the job has a pool to run on, and the spec's pool a job; tasks and schedules have a job."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import PoolInformation

_EITHER = "write pool_id or auto_pool_specification, one of them"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The REST document asks for one of `poolId` and `autoPoolSpecification`, and not for both."""
    keys, job = spec.keys, spec.keys.job
    if job is None:
        for name in ("schedule", "tasks"):
            if keys.has(name):
                message = f'"{name}" is there, and no job that would have {"it" if name == "schedule" else "them"}'
                yield finding("BS202", message, keys.node.keys[name], f"/{name}", "add a job: {id: ...}")
    elif job.pool_info is not None:
        yield from _information(job.pool_info)
        yield from _unused(spec, job.pool_info)
    elif keys.pool is None:
        message, hint = f'the job "{job.id}" has no pool to run on', "add a pool, or name one in job.pool_info.pool_id"
        yield finding("BS202", message, keys.node.keys["job"], job.pointer, hint)


def _information(written: PoolInformation) -> Iterator[Diagnostic]:
    own, keys = written.auto_pool_specification, written.node.keys
    if written.pool_id is not None and own is not None:
        message = '"pool_id" and "auto_pool_specification" name two pools, and a job runs on one'
        later = max((keys["pool_id"], keys["auto_pool_specification"]), key=lambda key: key.start)
        yield finding("BS202", message, later, written.pointer, _EITHER)
    elif written.pool_id is None and own is None:
        yield finding("BS202", '"pool_info" names no pool', written.node, written.pointer, _EITHER)
    elif own is not None and own.pool is None:
        message = "the auto pool has no machines"
        yield finding("BS202", message, keys["auto_pool_specification"], own.pointer, "describe them as its pool")


def _unused(spec: Spec, written: PoolInformation) -> Iterator[Diagnostic]:
    pool = spec.keys.pool
    if pool is None or written.pool_id == pool.id or not (written.pool_id or written.auto_pool_specification):
        return
    other = f'"{written.pool_id}"' if written.pool_id is not None else "an auto pool"
    message = f'the pool "{pool.id}" would be made and not used: the job runs on {other}'
    hint = "take pool or job.pool_info out"
    yield finding("BS221", message, pool.at("id"), f"{pool.pointer}/id", hint)
