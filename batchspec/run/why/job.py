"""Why a job does not go on by itself."""

from __future__ import annotations

from collections.abc import Sequence

from batchspec.planning.jobs import ENDED, HALTED, OVER
from batchspec.planning.words import listed
from batchspec.ports import DRAINED_KEY, Counts, JobView
from batchspec.run.context import Run, finding, same_id
from batchspec.run.report import Finding
from batchspec.run.why.facts import Facts, Reason
from batchspec.spec import durations

# Our reasons: see batchspec.run.watch and batchspec.run.cancel.
BLOCKED, CANCELLED = "BlockedByFailedTasks", "Cancelled"
_AGAIN = '"batchspec apply --rerun" makes the next run'
# The service's reasons: a job that ran into its limit, and one whose manager task ended it.
_EXPIRED, _MANAGED = "MaxWallClockTimeExpiry", "JMComplete"


def dead_job(run: Run, view: JobView | None) -> Finding | None:
    """The finding when the job itself has ended, or will not go on."""
    if view is None or view.state == "deleting":
        return deleted_job(run)
    made, name = run.job, f'job "{run.job_id}"'
    if view.state in HALTED:
        return _halted(run, view)
    ended = ended_job(run, view)
    if ended is not None:
        return ended
    if view.state == "completed":
        reason = view.terminate_reason or (view.fault.message if view.fault else "")
        return finding(
            "BS807",
            made,
            f"{name} ended before its tasks had run" + (f": {reason.rstrip('.')}" if reason else ""),
            _AGAIN,
        )
    return None


def _halted(run: Run, view: JobView) -> Finding:
    """By an apply that was stopped before it had replaced the pool, or is at it; or by somebody's hand."""
    pool_id, name = view.metadata.get(DRAINED_KEY), f'job "{run.job_id}"'
    if pool_id is not None:
        hint = "if no apply is at it, apply again: it sees to the pool, and lets the job go on"
        why = f'while pool "{pool_id}" is replaced'
        if run.pool_id is not None and not same_id(pool_id, run.pool_id):
            why = f'to move from pool "{pool_id}" to pool "{run.pool_id}"'
        return finding("BS807", run.job, f"{name} is paused {why}", hint)
    hint = 'enable it with "batchspec apply", or remove it with "batchspec destroy"'
    return finding("BS807", run.job, f"{name} is disabled, and starts no task", hint)


def deleted_job(run: Run) -> Finding:
    """Somebody else's delete, or destroy."""
    message = f'job "{run.job_id}" was deleted while it was watched'
    return finding("BS807", run.job, message, 'run it anew with "batchspec apply"')


def ended_job(run: Run, view: JobView | None) -> Finding | None:
    """The finding when the job was cancelled, or ended by its own limit, or with its job manager task."""
    if view is None or view.state not in ENDED:
        return None
    made = run.job
    if view.terminate_reason == _MANAGED:
        hint = "to let the other tasks end by themselves, give the manager kill_job_on_completion: false"
        return finding("BS807", made, f'job "{run.job_id}" was ended with its job manager task', hint)
    if view.terminate_reason == CANCELLED:
        return finding("BS807", made, f'job "{run.job_id}" was cancelled', _AGAIN)
    if view.terminate_reason != _EXPIRED:
        return None
    limit = made.body.constraints.max_wall_clock_time if made.body.constraints else None
    named = f"its limit of {durations.show(limit)}" if limit else "its limit"
    hint = f"give it more time; {_AGAIN}"
    return finding("BS807", made, f'job "{run.job_id}" was ended at {named}', hint)


def incomplete_job(run: Run, counts: Counts) -> Finding:
    """The finding of a job that holds only some of its tasks, or has not been told to end with them."""
    have, want = counts.total, len(run.program.tasks)
    what = f"holds {have:,} of {want:,} tasks" if have < want else "holds its tasks, and nobody let it end with them"
    hint = "an apply that was interrupted is finished by the next one"
    return finding("BS815", run.job, f'job "{run.job_id}" is not complete: it {what}', hint)


def gone_tasks(run: Run, gone: Sequence[str], others: Sequence[str]) -> Finding:
    """The finding when tasks of the spec are not in the job. others: those that are, and are not the spec's."""
    several = len(gone) != 1
    more = f"; it holds {listed(others)}, which the spec has not" if others else ""
    message = f'job "{run.job_id}" does not hold task{"s" * several} {listed(gone)} of the spec{more}'
    made = next((one for one in run.program.tasks if one.body.id == gone[0]), run.job)
    return finding(
        "BS703", made, message, "somebody has deleted what was added; apply again: its plan says what follows"
    )


def job_reason(facts: Facts) -> Reason:
    """Of a job that does not run tasks: why not, or that it has."""
    view, run = facts.job, facts.run
    name = f'job "{run.job_id}"'
    if view is None:
        return _nowhere(facts, name)
    if view.state == "deleting":
        return Reason(f"{name} is being deleted", final=True)
    if view.state in OVER and not facts.of_state("active", "running", "preparing"):
        done = facts.of_state("completed")
        failed = sum(not one.succeeded for one in done)
        told = f"{len(done) - failed:,} succeeded" + (f", {failed:,} failed" if failed else "")
        over = "has completed" if view.state == "completed" else "has nothing left to do"
        how = "was cancelled" if view.terminate_reason == CANCELLED else over
        return Reason(f"{name} {how}: {told}", final=True)
    if view.terminate_reason == BLOCKED:
        return Reason(f"{name} was ended: all that was left of it waited for tasks that failed", "BS802", final=True)
    dead = dead_job(run, view)
    if dead is not None:
        return Reason.of(dead, final=view.state not in HALTED or not facts.under_way)
    return Reason(f"{name} is {view.state}")


def _nowhere(facts: Facts, name: str) -> Reason:
    if facts.run.program.finish.job == "delete":
        text = f"{name} is not there: it was never applied, or has ended, and on_finish deletes it then"
        hint = '"batchspec logs" and "batchspec download" tell what storage has kept of it'
        return Reason(text, final=True, hint=hint)
    text = f"{name} is not there: it was never applied, or it was deleted"
    return Reason(text, final=True, hint='run it with "batchspec apply"')
