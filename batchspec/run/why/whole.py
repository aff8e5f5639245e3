"""Why a whole job does not go on. Pure: from the facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from batchspec.compiler.members import ends_by_itself, is_open
from batchspec.ports import Counts
from batchspec.run.why.facts import Facts, Reason
from batchspec.run.why.job import incomplete_job, job_reason
from batchspec.run.why.pool import short, troubles
from batchspec.run.why.room import no_pool, no_room
from batchspec.run.why.slots import misfits
from batchspec.run.why.task import done, root, state, under_way
from batchspec.run.why.words import named, several

_TOLD = 5  # reasons of one kind
_WEIGHED = 20  # failed tasks of which all that they block are counted


def why_job(facts: Facts) -> tuple[Reason, ...]:
    """Why the job does not go on, the weightiest first; or that it does."""
    if facts.job is None or facts.job.state != "active":
        return (job_reason(facts), *_failures(facts), *_running(facts))
    found = [*_incomplete(facts), *_failures(facts), *_ready(facts), *_waiting(facts), *_nodes(facts), *_running(facts)]
    return tuple(found) or (_idle(facts),)


def _incomplete(facts: Facts) -> Iterator[Reason]:
    """An apply that was interrupted, or that is at it now."""
    program, view = facts.run.program, facts.job
    if view is None or view.armed or not ends_by_itself(program) or is_open(program):
        return
    ended = facts.of_state("completed")
    if len(facts.tasks) < len(facts.made) or len(ended) == len(facts.tasks):
        counts = Counts(active=len(facts.tasks))
        yield Reason.of(incomplete_job(facts.run, counts))


def _failures(facts: Facts) -> Iterator[Reason]:
    """What failed, and how many tasks that blocks; those that block the most come first."""
    failed = [view for view in facts.of_state("completed") if not view.succeeded]
    worst = sorted(failed, key=lambda one: -facts.waiting_for(one.id))[:_WEIGHED]
    for view in sorted(worst, key=lambda one: -facts.blocked_by(one))[:_TOLD]:
        yield done(facts, view)
    if len(failed) > _TOLD:
        yield Reason(f"{len(failed) - _TOLD:,} more tasks failed", "BS801", final=True)


def _ready(facts: Facts) -> Iterator[Reason]:
    """What tasks wait for that wait for no other."""
    ready = facts.ready
    whole = no_pool(facts) if ready else None
    if whole is not None:
        yield replace(whole, text=f"{whole.text}; {named(ready)} wait{'s' * (len(ready) == 1)}", task_ids=_few(ready))
        return
    made = [facts.made[task_id] for task_id in ready if task_id in facts.made]
    unfit = misfits(facts.run, facts.pool, made) if facts.pool is not None else {}
    for task_id, one in list(unfit.items())[:_TOLD]:
        yield Reason.of(one, task_id)
    if len(unfit) > _TOLD:
        yield Reason(f"{len(unfit) - _TOLD:,} more tasks fit no node", "BS814", final=True)
    rest = [task_id for task_id in ready if task_id not in unfit]
    own, others = [i for i in rest if i in facts.made], [i for i in rest if i not in facts.made]
    for alike in filter(None, (own, others)):
        found = no_room(facts, alike[0])
        yield replace(found, text=f"{named(alike)} wait{'s' * (len(alike) == 1)}: {found.text}", task_ids=_few(alike))


def _waiting(facts: Facts) -> Iterator[Reason]:
    """The tasks that wait for others, by the one that is under way."""
    behind: dict[str, list[str]] = {}
    for view in facts.of_state("active"):
        if view.id not in facts.blocked:
            for parent in facts.unmet(view.id):
                if state(facts, parent) in ("running", "preparing", ""):
                    behind.setdefault(parent, []).append(view.id)
                    break
    for parent, task_ids in sorted(behind.items(), key=lambda pair: -len(pair[1]))[:_TOLD]:
        text = f'{named(task_ids)} wait{"s" * (len(task_ids) == 1)} for "{parent}"{root(facts, [parent]).text}'
        yield Reason(text, task_ids=_few(task_ids))


def _nodes(facts: Facts) -> Iterator[Reason]:
    """What is wrong with some of the nodes, and with the pool, while others work or come."""
    whole = no_pool(facts)
    if facts.pool is None or (whole is not None and whole.final):
        return
    lacking = short(facts.run, facts.pool)
    if lacking is not None and (whole is None or whole.code is None):
        yield Reason.of(lacking, final=False)
    for trouble in troubles(facts.run, facts.nodes, facts.preparations):
        excerpt = facts.excerpts.get(next(iter(trouble.nodes)), "")
        yield Reason(trouble.text(list(trouble.nodes)), trouble.code, excerpt=excerpt)


def _running(facts: Facts) -> Iterator[Reason]:
    views = facts.under_way
    if views:
        longest = min(views, key=lambda view: view.started or view.since)
        text = under_way(facts, longest).text
        more = f"{len(views):,} tasks run, the longest: " if len(views) > 1 else ""
        yield Reason(more + text, since=longest.started, task_ids=_few([view.id for view in views]))


def _idle(facts: Facts) -> Reason:
    name = f'job "{facts.run.job_id}"'
    if not facts.tasks:
        return Reason(f"{name} is active and has no tasks", final=True)
    if facts.blocked:
        return Reason(
            f"all that is left of {name} are {several(len(facts.blocked), 'task')} that can never run", final=True
        )
    if facts.job is not None and facts.job.armed:
        return Reason(f"all tasks of {name} have completed, and the service is about to end it")
    return Reason(f"all tasks of {name} have completed; it stays active until somebody ends it", final=True)


def _few(task_ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(task_ids[:20])
