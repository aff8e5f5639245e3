"""What becomes of the job and of its tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from batchspec.compiler.members import ends_by_itself, is_empty
from batchspec.diag import Diagnostic
from batchspec.planning import inputs, tasks
from batchspec.planning.change import Action, Change
from batchspec.planning.differences import Difference, differences
from batchspec.planning.live import Live
from batchspec.planning.owner import not_ours, ours, stale
from batchspec.planning.places import Place, split
from batchspec.planning.since import hidden, since
from batchspec.planning.words import ends_first, listed
from batchspec.ports import DRAINED_KEY, REMOVED_KEY, JobView

if TYPE_CHECKING:
    from batchspec.compiler.program import Program

ENDED = ("completed", "terminating")  # no task of it runs any more
OVER = (*ENDED, "deleting")  # nor is it there for long
DONE = ("completed", "deleting")  # nothing of it is under way any more
HALTED = ("disabling", "disabled")  # it starts no task
# Characters of the ids of removed tasks in a job's metadata. How much metadata may hold is not documented; this is
# what 250 ids of the greatest length need.
MOST_REMOVED = 16_384
_ACTION = frozenset({"id", "on_all_tasks_complete"})
_ID_RULE = "a task is never made again under an id that had another content"


def job_changes(program: Program, live: Live, *, adopt: bool) -> list[Change] | Diagnostic:
    """What is done to the job and its tasks, or why nothing can be."""
    made, view = program.job, live.job
    if made is None:
        return []
    job_id = str(made.body.id)
    if view is None:
        why = "there is none" if live.earlier is None else _next(live.earlier)
        return [Change("job", job_id, Action.CREATE, (why,)), *_all_tasks(program, job_id)]
    foreign, over = not ours(program, view.metadata), view.state in ENDED
    if foreign and not adopt:
        return not_ours("job", made, over=over)
    if view.state == "deleting":
        why = "the one that is there is being deleted, which is waited for"
        return [Change("job", job_id, Action.CREATE, (why,)), *_all_tasks(program, job_id)]
    found = _existing(program, live, view, foreign=foreign)
    if foreign and over and found[0].action is Action.NOTHING:
        return not_ours("job", made, over=True)
    return found


def _next(earlier: JobView) -> str:
    reason = f" ({earlier.terminate_reason})" if earlier.terminate_reason else ""
    return f'it is the next run: job "{earlier.id}" has ended{reason}'


def _existing(program: Program, live: Live, view: JobView, *, foreign: bool) -> list[Change]:
    assert program.job is not None, "a job is compared with the spec's"
    job_id, over = str(program.job.body.id), view.state in ENDED
    work = tasks.compared(program, live)
    counted = _counted(program, view, work)
    own = [*compared(program, view), *([hidden("tasks")] if tasks.unseen(program, live, work) else [])]
    by_place = split("job", program.api_version, own)
    why = inputs.reasons("job", own, program)
    if Place.NEVER in by_place:
        return _replaced(program, live, [*why, "this cannot change in place"], own)
    if work.fixed:
        return _replaced(program, live, [*why, *tasks.reasons(work.fixed, program), _ID_RULE], own)
    again = _removed_before(view, work)
    if again:
        return _replaced(program, live, [f"{listed(again)} had been removed from it", _ID_RULE], own)
    if work.gone and not over and len(removed_ids(view, work.gone)) > MOST_REMOVED:
        return _replaced(program, live, [*counted, "it cannot remember more tasks that were removed"], own)
    if over:
        if work.missing or work.gone:
            return _replaced(program, live, [*why, *counted, "it has completed, and takes no more tasks"], own)
        noted = ("it has completed", *(f"{text}: for the next run" for text in why))
        return [Change("job", job_id, Action.NOTHING, noted), Change("tasks", job_id, Action.NOTHING)]
    why = [*_paused(view), *why]
    if foreign:
        why.insert(0, "it is taken over, though this spec did not make it")
    unarmed = ends_by_itself(program) and not view.armed and not is_empty(program)
    if unarmed and not work.missing:
        why.append("it has its tasks, and does not end with them yet")
    action = Action.UPDATE if why else Action.NOTHING
    running = live.counts.running if Place.DISABLED in by_place else 0
    cost = ends_first(running) if running else ""
    change = Change("job", job_id, action, tuple(why), cost, tuple(own), stale=stale(program.job.body, view.metadata))
    return [change, *_tasks(program, work, live)]


def _paused(view: JobView) -> Iterator[str]:
    if DRAINED_KEY in view.metadata:
        yield "it is paused for another pool by an apply that has not finished, and is enabled"
    elif view.state in HALTED:
        yield "it is disabled, and is enabled"


def compared(program: Program, view: JobView) -> list[Difference]:
    """The differences of a live job beside its tasks."""
    assert program.job is not None, "a job is compared with the spec's"
    body = program.job.body
    return [*differences(body, view.body, skip=_ACTION), *since("job", body, view)]


def _all_tasks(program: Program, job_id: str) -> Iterator[Change]:
    if program.tasks:
        yield Change("tasks", job_id, Action.CREATE, count=len(program.tasks))


def _replaced(program: Program, live: Live, why: list[str], own: list[Difference]) -> list[Change]:
    assert program.job is not None, "a job is replaced by the spec's"
    job_id, counts = str(program.job.body.id), live.counts
    cost = []
    if counts.running:
        cost.append(f"{counts.running:,} running task{'s are' if counts.running != 1 else ' is'} ended")
    again = tasks.compared(program, live).completed
    if again:
        cost.append(f"{again:,} completed task{'s run' if again != 1 else ' runs'} again")
    cost.append("what its tasks left in storage is removed")
    if live.job is not None and live.job.state in ENDED:
        cost.append("apply --rerun keeps it, and makes the next run instead")
    change = Change("job", job_id, Action.REPLACE, tuple(why), "; ".join(cost), tuple(own))
    return [change, *_all_tasks(program, job_id)]


def _counted(program: Program, view: JobView, work: tasks.Tasks) -> list[str]:
    more = f"{work.missing:,} task{'s' * (work.missing != 1)}"
    if work.new and tasks.same_content(program, view):
        made = [_lost(work)]
    elif work.new:
        made = [f"the spec has {more} more"]
    else:
        # Nobody has looked which: they are those of the spec that this job was made for.
        made = [f"{more} of the spec {'was' if work.missing == 1 else 'were'} never added to it"] * bool(work.missing)
    return made + ([_surplus(program, view, work)] if work.gone else [])


def _surplus(program: Program, view: JobView, work: tasks.Tasks) -> str:
    """Of tasks that the spec does not have, whether it had them."""
    what = "has not" if tasks.same_content(program, view) else "no longer has"
    return f"the spec {what} {listed(work.gone)}"


def _lost(work: tasks.Tasks) -> str:
    return f"it does not hold {listed(work.new)}: never added, or deleted since"


def _tasks(program: Program, work: tasks.Tasks, live: Live) -> Iterator[Change]:
    job_id = str(program.job_id)
    if work.same:
        yield Change("tasks", job_id, Action.NOTHING, count=live.counts.total)
    if work.gone:
        running = work.running
        cost = f"{listed(running)} {'is' if len(running) == 1 else 'are'} running" if running else ""
        assert live.job is not None, "tasks are in a job"
        why = (_surplus(program, live.job, work),)
        yield Change("tasks", job_id, Action.DELETE, why, cost, ids=tuple(work.gone), count=len(work.gone))
    if work.limits:
        found = tuple(one for differ in work.limits.values() for one in differ)
        told = tuple(tasks.reasons(work.limits, program))
        yield Change("tasks", job_id, Action.UPDATE, told, "", found, tuple(work.limits), len(work.limits))
    if work.missing:
        yield Change(
            "tasks", job_id, Action.CREATE, tuple(_left(program, live, work)), ids=work.new, count=work.missing
        )


def _left(program: Program, live: Live, work: tasks.Tasks) -> Iterator[str]:
    """Why tasks are missing that the spec had before."""
    if not work.new:
        yield "it was left before all of its tasks were added"
    elif live.job is not None and tasks.same_content(program, live.job):
        yield _lost(work)


def _removed_before(view: JobView, work: tasks.Tasks) -> list[str]:
    """Tasks to add whose ids other tasks of this job have had."""
    removed = set(view.metadata.get(REMOVED_KEY, "").lower().split())
    return [task_id for task_id in work.new if task_id.lower() in removed]


def removed_ids(view: JobView, more: Iterable[str]) -> str:
    """What a job remembers once more of its tasks are removed."""
    return " ".join(dict.fromkeys([*view.metadata.get(REMOVED_KEY, "").split(), *more]))
