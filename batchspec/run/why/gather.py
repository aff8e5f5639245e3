"""Ask the service for the facts, and say why."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchspec.ports import JobView, PoolView
from batchspec.run.absent import or_none
from batchspec.run.chosen import chosen
from batchspec.run.context import Run, need_job, same_id
from batchspec.run.retry import quietly
from batchspec.run.tails import node_tail, task_tail
from batchspec.run.why.facts import Facts, Reason
from batchspec.run.why.pool import troubles
from batchspec.run.why.task import why_task
from batchspec.run.why.whole import why_job

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

_EXCERPTS = 5  # failed tasks whose last lines are fetched


def why(
    program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock, names: Sequence[str] = ()
) -> tuple[Reason, ...]:
    """Why the job does not go on, or the tasks do not that are named, by id or group. It changes nothing.

    Raises UsageError for a name that is no task's and for a spec without a job, ServiceError.
    """
    need_job(program)
    run = Run.of(program, batch, blobs, clock)
    facts = quietly(gather(run))
    if not names:
        facts = quietly(_excerpts(facts, _failed(facts)))
        return why_job(facts)
    wanted = chosen(program, names, facts.tasks)
    facts = quietly(_excerpts(facts, _failed(facts, wanted)))
    return tuple(why_task(facts, task_id) for task_id in wanted)


def gather(run: Run) -> Generator[Any, None, Facts]:
    """The job, its tasks and its pool with its nodes, as they are now."""
    batch, ask = run.batch, run.retry.ask
    job: JobView | None = yield from or_none(run.retry, "job", lambda: batch.get_job(run.job_id))
    facts = Facts(run, run.clock.now(), job)
    if job is not None:
        if run.pool_id is None and job.pool_id:
            run = replace(run, found_pool=job.pool_id)
        views = yield from or_none(run.retry, "list tasks", lambda: list(batch.list_tasks(run.job_id)))
        facts = replace(facts, run=run, tasks={view.id: view for view in views or ()})
    pool_id = run.pool_id
    if pool_id is None:
        return facts
    pool: PoolView | None = yield from or_none(run.retry, "pool", lambda: batch.get_pool(pool_id))
    if pool is None:
        return facts
    nodes = yield from or_none(run.retry, "nodes", lambda: batch.list_nodes(pool_id))
    jobs = yield from ask("jobs of the pool", lambda: batch.list_jobs(pool_id))
    facts = replace(facts, pool=pool, nodes=tuple(nodes or ()))
    if job is not None and run.job.body.job_preparation_task is not None:
        found = yield from or_none(run.retry, "job preparation", lambda: batch.list_preparations(run.job_id))
        facts = replace(facts, preparations=tuple(found or ()))
    return replace(facts, sharing=tuple(one for one in jobs if not same_id(one, run.job_id)))


def _failed(facts: Facts, wanted: Sequence[str] | None = None) -> list[str]:
    """The failed tasks whose last lines may be told: those that are asked for, and what those wait for."""
    failed = [view.id for view in facts.of_state("completed") if not view.succeeded]
    if wanted is None:
        return failed[:_EXCERPTS]
    seen, front = set(wanted), list(wanted)
    while front and len(seen) < 1000:
        new = [one for one in facts.unmet(front.pop()) if one not in seen]
        seen.update(new)
        front += new
    return [task_id for task_id in failed if task_id in seen][:_EXCERPTS]


def _excerpts(facts: Facts, failed: Sequence[str]) -> Generator[Any, None, Facts]:
    """With the last lines of what failed: of tasks, and of one node for each kind of trouble."""
    made: dict[str, str] = {}
    for task_id in failed:
        made[task_id] = yield from task_tail(facts.run, task_id)
    for trouble in troubles(facts.run, facts.nodes, facts.preparations):
        node_id, (_, folder) = next(iter(trouble.nodes.items()))
        if folder:
            made[node_id] = yield from node_tail(facts.run, node_id, folder)
    return replace(facts, excerpts=made)
