"""The life of a job schedule: when it makes a job, and when it has made its last.

A recurrence is due at `start`, `start + interval`, ... Its job is made then, or as soon as the job before it is over
and the schedule enabled, while the start window lasts and the next recurrence is not due; after that the chance is
lost, never carried over. So after a time in which nothing ran (the emulator was stopped, its clock was made to jump)
at most one job is made up for. At most one job of a schedule is not completed at any time. Without an interval there
is one recurrence. A schedule that will make no more jobs is completed once its last job is.

Sources: Schedule, JobScheduleState and JobScheduleExecutionInformation in
https://learn.microsoft.com/rest/api/batchservice/job-schedule/get. Where they are silent: the recurrences stay on the
grid of `start` when a job is late, `next_run` is the next point of it even while a job that is due has to wait, a
changed schedule does not make up for recurrences of its new grid that are over, and a disabled schedule stays disabled
past its end.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from batchspec.emulator.engine import bodies, jobs
from batchspec.emulator.engine.records import Job, first_version, key

if TYPE_CHECKING:
    from batchspec.emulator.engine.board import Board
    from batchspec.emulator.engine.records import Schedule


def add(board: Board, schedule: Schedule) -> None:
    schedule.next_run = schedule.start
    board.changed[schedule] = None
    take_up(board, schedule)


def take_up(board: Board, schedule: Schedule) -> None:
    """New, or as the store had it."""
    board.schedules[key(schedule.id)] = schedule
    board.unsettled[schedule] = None


def update(board: Board, schedule: Schedule, *, times: bool) -> None:
    """Its body was changed, with `times` also when it makes jobs. Jobs that are there stay as they are."""
    board.touch(schedule)
    if times:
        bodies.read_schedule(schedule)
        if schedule.made and schedule.interval is None:
            schedule.due = schedule.next_run = None
        elif schedule.made and schedule.interval and schedule.start <= board.now:
            schedule.next_run = _last_point(board, schedule) + schedule.interval
        else:
            schedule.due, schedule.next_run = None, schedule.start
    board.unsettled[schedule] = None


def disable(board: Board, schedule: Schedule) -> None:
    """Make no more jobs; the one that is there goes on."""
    board.move_schedule(schedule, "disable")


def enable(board: Board, schedule: Schedule) -> None:
    board.move_schedule(schedule, "enable")


def terminate(board: Board, schedule: Schedule) -> None:
    """End its job, and itself once that is over."""
    schedule.due = schedule.next_run = None
    board.move_schedule(schedule, "terminate")
    for job in _open_jobs(schedule):
        if job.state in ("active", "disabling", "disabled"):
            jobs.terminate(board, job, jobs.SCHEDULE_ENDED)


def delete(board: Board, schedule: Schedule) -> None:
    """Delete all its jobs, and forget it once they are gone."""
    schedule.due = schedule.next_run = None
    board.move_schedule(schedule, "delete")
    for job in schedule.jobs.values():
        if job.state != "deleting":
            jobs.delete(board, job)


def settle(board: Board, schedule: Schedule) -> None:
    """Take the next step that nothing stands in the way of any more."""
    for job in [job for job in schedule.jobs.values() if board.jobs.get(key(job.id)) is not job]:
        del schedule.jobs[key(job.id)]
    if schedule.state in ("active", "disabled"):
        _come_due(board, schedule)
    if schedule.state == "active":
        _make_job(board, schedule)
    elif schedule.state == "terminating" and not _open_jobs(schedule):
        schedule.end_time = board.now
        board.move_schedule(schedule, "settle")
    elif schedule.state == "deleting" and not schedule.jobs and board.schedules.get(key(schedule.id)) is schedule:
        del board.schedules[key(schedule.id)]
        board.changed.pop(schedule, None)
        board.erased.append(schedule)


def _come_due(board: Board, schedule: Schedule) -> None:
    """Note that time has passed: what is due now, what no longer, and when to look again."""
    before = schedule.due, schedule.next_run
    if schedule.next_run is not None and schedule.next_run <= board.now:
        schedule.due = _last_point(board, schedule)
        schedule.next_run = None if schedule.interval is None else schedule.due + schedule.interval
    if schedule.due is not None and _is_lost(board, schedule, schedule.due):
        schedule.due = None
    if schedule.next_run is not None and schedule.until is not None and schedule.next_run > schedule.until:
        schedule.next_run = None
    if (schedule.due, schedule.next_run) != before:
        board.changed[schedule] = None
    when = schedule.until if schedule.next_run is None else schedule.next_run
    if when is not None and when > board.now:
        board.at(when, schedule)


def _make_job(board: Board, schedule: Schedule) -> None:
    """Make the job that is due if none is in its way; without another to come, and none there, it is over."""
    if _open_jobs(schedule):
        return
    if schedule.due is not None:
        _new_job(board, schedule)
    elif schedule.next_run is None and (schedule.interval is None or _is_past(board, schedule)):
        schedule.end_time = board.now
        board.move_schedule(schedule, "end")


def _new_job(board: Board, schedule: Schedule) -> None:
    now = board.now
    schedule.due = None
    schedule.made += 1
    board.changed[schedule] = None
    id_ = f"{schedule.id}:job-{schedule.made}"
    body = {"id": id_, **schedule.body["jobSpecification"]}
    job = Job(board.serial(), id_, body, "", now, now, first_version(now), state_time=now)
    bodies.read_job(job)
    schedule.jobs[key(id_)] = job
    jobs.add(board, job)


def _open_jobs(schedule: Schedule) -> list[Job]:
    return [job for job in schedule.jobs.values() if job.state != "completed"]


def _last_point(board: Board, schedule: Schedule) -> float:
    """The latest recurrence that is due by now, or the first."""
    if schedule.interval is None or schedule.start > board.now:
        return schedule.start
    return schedule.start + floor((board.now - schedule.start) / schedule.interval) * schedule.interval


def _is_lost(board: Board, schedule: Schedule, due: float) -> bool:
    late = schedule.window is not None and board.now > due + schedule.window
    return late or (schedule.until is not None and board.now > schedule.until)


def _is_past(board: Board, schedule: Schedule) -> bool:
    return schedule.until is not None and board.now >= schedule.until
