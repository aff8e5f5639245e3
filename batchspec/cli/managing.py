"""Commands that change or end what a spec made: cancel, retry, destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from batchspec.cli import options
from batchspec.cli.asking import agreed, declined, going_on
from batchspec.cli.given import Given
from batchspec.cli.ready import ready
from batchspec.cli.runs import with_jobs
from batchspec.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from batchspec.run.again import NextRun
    from batchspec.run.cancel import Aim


def cancel(
    spec: options.Spec,
    tasks: options.TasksOrGroups = None,
    *,
    yes: options.Yes = False,
    given: Given,
    as_json: options.AsJson = False,
) -> int:
    """End a spec's job before its time, or the tasks named; what has run stays to be looked at.

    Tasks that wait for one that was ended can never run. A job schedule makes no more jobs, and the one that runs ends.
    """
    from batchspec.run.cancel import aim, cancel as run_cancel

    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        work = [(program, connection.world(program)) for program in map(connection.program, with_jobs(checked))]
        aims = [aim(program, *world, tasks or ()) for program, world in work]
        running = [_ends(one) for one in aims if one.running]
        if running and not agreed(f"end {', '.join(running)}?", yes=yes):
            return declined()
        for (program, world), found in zip(work, aims, strict=True):
            shown.program(program)
            shown.events(run_cancel(program, *world, found))
    return ExitCode.OK


def retry(
    spec: options.Spec,
    tasks: options.TasksOrGroups = None,
    *,
    failed: Annotated[
        bool, typer.Option("--failed", help="All that have failed, in the job that is there; no next run is made.")
    ] = False,
    yes: options.Yes = False,
    given: Given,
    as_json: options.AsJson = False,
) -> int:
    """Let failed tasks run once more in their job: those named, or all. What waits for them goes on.

    A job that has ended takes none back. Without any TASK its next run is made then, of all its tasks: it is asked for,
    watched, and ends as "batchspec apply --rerun" does.
    """
    from batchspec.cli.running import apply
    from batchspec.run.again import again, next_run

    if failed and tasks:
        raise UsageError("--failed means all that have failed", "name tasks, or say --failed")
    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        work = [(program, connection.world(program)) for program in map(connection.program, with_jobs(checked))]
        looks = [] if tasks or failed else [next_run(program, *world) for program, world in work]
        ended = [found for found in looks if found is not None]
        if all(one.succeeded for one in ended):
            # Of all of them it is found out first whether it can be done: a refusal comes before anything is.
            steps = [again(program, *world, tasks or (), failed=failed) for program, world in work]
            for (program, _), events in zip(work, steps, strict=True):
                shown.program(program)
                shown.events(events)
            return ExitCode.OK
    if len(ended) < len(work):
        message = f'job "{ended[0].job_id}" has ended, and others of its file have not'
        raise UsageError(message, "the file is run again as a whole, once all have ended")
    if not agreed(f"{' and '.join(map(_next, ended))}?", yes=yes):
        return declined()
    return apply([spec], given=given, yes=yes, rerun=True, as_json=as_json)


def destroy(
    specs: options.Specs,
    *,
    yes: options.Yes = False,
    given: Given,
    as_json: options.AsJson = False,
) -> int:
    """Remove what specs made: schedule, jobs, pool and outputs. Nothing that is not theirs is touched.

    It asks before it ends tasks that are running, and only then; a script says --yes.
    """
    from batchspec.run.destroy import destroy as run_destroy, running_in

    with ready(specs, given, machine=as_json) as (connection, checked, shown):
        work = [
            (program, connection.world(program))
            for program in map(connection.program, reversed(checked))  # what others use stands before them
        ]
        running = {} if yes else {job: n for program, world in work for job, n in running_in(program, *world).items()}
        listed = ", ".join(f"job {job} ({_tasks(count)} running)" for job, count in running.items())
        if running and not agreed(f"end and remove {listed}?", yes=yes):
            return declined()
        with going_on("what is being deleted goes; the same command removes the rest"):
            for program, world in work:
                shown.program(program)
                shown.events(run_destroy(program, *world))
    return ExitCode.OK


def _ends(found: Aim) -> str:
    """What a cancel would end: a job, or tasks of it."""
    from batchspec.cli.views.tables import named

    left = () if found.tasks is None else [view.id for view in found.tasks if view.state != "completed"]
    what = f"{named(left)} of job {found.job_id}" if left else f"{found.kind} {found.name}"
    return what if len(left) == 1 else f"{what} ({_tasks(found.running)} running)"


def _next(found: NextRun) -> str:
    how = "was cancelled" if found.cancelled else "has ended"
    return f"job {found.job_id} {how}; its next run {found.next_id} runs all {_tasks(found.tasks)} again"


def _tasks(count: int) -> str:
    return f"{count:,} task{'s' * (count != 1)}"
