"""Commands that change or end what a spec made: cancel, retry, destroy."""

from __future__ import annotations

from typing import Annotated

import typer

from batchspec.cli import options
from batchspec.cli.asking import agreed
from batchspec.cli.given import Given
from batchspec.cli.ready import ready
from batchspec.errors import ExitCode, UsageError
from batchspec.spec.build import Spec
from batchspec.spec.matrix import MAX_TASKS


def cancel(
    spec: options.Spec,
    tasks: options.TasksOrGroups = None,
    yes: options.Yes = False,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
    as_json: options.AsJson = False,
) -> int:
    """End a spec's job before its time, or the tasks named; what has run stays to be looked at.

    Tasks that wait for one that was ended can never run. A job schedule makes no more jobs, and the one that runs ends.
    """
    from batchspec.run.cancel import aim, cancel as run_cancel

    given = Given(param, target, params_file, allow_outside, max_tasks)
    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        work = [
            (program, (connection.batch(program), connection.blobs, connection.clock))
            for program in map(connection.program, _with_work(checked))
        ]
        aims = [aim(program, *world, tasks or ()) for program, world in work]
        running = [f"{one.kind} {one.name} ({_tasks(one.running)} running)" for one in aims if one.running]
        if running and not agreed(f"end {', '.join(running)}?", yes=yes):
            return ExitCode.INTERRUPTED  # nothing was done
        for (program, world), found in zip(work, aims, strict=True):
            shown.program(program)
            shown.events(run_cancel(program, *world, found))
    return ExitCode.OK


def retry(
    spec: options.Spec,
    tasks: options.TasksOrGroups = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that have failed, as without any TASK.")] = False,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
    as_json: options.AsJson = False,
) -> int:
    """Let failed tasks run once more in their job: those named, or all. What waits for them goes on.

    A job that has completed takes none back; `apply --rerun` makes the next run of it.
    """
    from batchspec.run.again import again

    if failed and tasks:
        raise UsageError("--failed means all that have failed", "name tasks, or say --failed")
    given = Given(param, target, params_file, allow_outside, max_tasks)
    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        for program in map(connection.program, _with_work(checked)):
            shown.program(program)
            world = (connection.batch(program), connection.blobs, connection.clock)
            shown.events(again(program, *world, tasks or ()))
    return ExitCode.OK


def destroy(
    specs: options.Specs,
    yes: options.Yes = False,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
    as_json: options.AsJson = False,
) -> int:
    """Remove what specs made: schedule, jobs, pool and outputs. Nothing that is not theirs is touched.

    It asks before it ends tasks that are running, and only then; a script says --yes.
    """
    from batchspec.run.destroy import destroy as run_destroy, running_in

    given = Given(param, target, params_file, allow_outside, max_tasks)
    with ready(specs, given, machine=as_json) as (connection, checked, shown):
        work = [
            (program, (connection.batch(program), connection.blobs, connection.clock))
            for program in map(connection.program, reversed(checked))  # what others use stands before them
        ]
        running = {} if yes else {job: n for program, world in work for job, n in running_in(program, *world).items()}
        listed = ", ".join(f"job {job} ({_tasks(count)} running)" for job, count in running.items())
        if running and not agreed(f"end and remove {listed}?", yes=yes):
            return ExitCode.INTERRUPTED  # nothing was done
        for program, world in work:
            shown.events(run_destroy(program, *world))
    return ExitCode.OK


def _with_work(specs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """Those that have a job; where none has, all, so that it is said."""
    return tuple(spec for spec in specs if spec.keys.job is not None) or specs


def _tasks(count: int) -> str:
    return f"{count:,} task{'s' * (count != 1)}"
