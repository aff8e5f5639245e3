"""The runs of a job schedule: the jobs that it has made, and one of them as a program of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchspec.errors import NotFound, UsageError
from batchspec.planning.owner import ours
from batchspec.ports import JobView, ScheduleView
from batchspec.run.context import same_id
from batchspec.run.retry import quietly, retrying

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, Clock

_NUMBER = re.compile(r":job-([0-9]+)")
_FIRST = 'it has made no job yet: see "batchspec status"'


@dataclass(frozen=True)
class Occasions:
    """A job schedule and its runs, the newest first. schedule: None when it is not there; foreign: it is not ours."""

    schedule_id: str
    schedule: ScheduleView | None = None
    runs: tuple[JobView, ...] = ()
    foreign: bool = False


def occasions(program: Program, batch: BatchPort, clock: Clock) -> Occasions:
    """Look at the program's schedule and at what it has made. Raises ServiceError."""
    assert program.schedule is not None, "only a schedule has runs"
    retry, schedule_id = retrying(clock), str(program.schedule.body.id)
    try:
        view = quietly(retry.ask("job schedule", lambda: batch.get_schedule(schedule_id)))
        found = quietly(retry.ask("its jobs", lambda: runs(batch, schedule_id)))
    except NotFound:
        return Occasions(schedule_id)
    return Occasions(schedule_id, view, tuple(found), not ours(program, view.metadata))


def runs(batch: BatchPort, schedule_id: str) -> list[JobView]:
    """The schedule's jobs, the newest first. Raises NotFound without it."""
    return sorted(batch.schedule_jobs(schedule_id), key=lambda view: number(view.id), reverse=True)


def number(job_id: str) -> int:
    """Which run a job is, by the id that its schedule gave it, <schedule>:job-1; 0 for any other id."""
    match = _NUMBER.search(job_id)
    return int(match[1]) if match else 0


def of_run(program: Program, batch: BatchPort, clock: Clock, wanted: str | None = None) -> Program:
    """One run of the program's schedule, as a program with a job; a program without schedule is itself.

    wanted: its number, or the job's id; None for the newest. Raises UsageError when there is none, ServiceError.
    """
    if program.schedule is None:
        if wanted is not None:
            raise UsageError(f'the spec "{program.name}" has no schedule, and so no runs')
        return program
    from batchspec.compiler.schedules import of_run as compiled  # which needs the SDK's models

    schedule_id = str(program.schedule.body.id)
    try:
        found = quietly(retrying(clock).ask("the runs", lambda: runs(batch, schedule_id)))
    except NotFound:
        hint = 'make it first with "batchspec apply"'
        raise UsageError(f'there is no job schedule "{schedule_id}"', hint) from None
    for view in found:
        if wanted is None or same_id(view.id, wanted) or (wanted.isdecimal() and number(view.id) == int(wanted)):
            return compiled(program, view.id)
    if wanted is None:
        raise UsageError(f'the job schedule "{schedule_id}" has no runs', _FIRST)
    there = ", ".join(str(number(view.id)) for view in found[:10])
    hint = f"there are {there}" if found else _FIRST
    raise UsageError(f'the job schedule "{schedule_id}" has no run "{wanted}"', hint)
