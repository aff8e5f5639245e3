"""Why one task does not run, or that it does, or has. Pure: from the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from batchspec.compiler.members import manager
from batchspec.planning.jobs import OVER
from batchspec.ports import TaskView
from batchspec.run.why.facts import Facts, Reason
from batchspec.run.why.job import job_reason
from batchspec.run.why.room import no_pool, no_room, place
from batchspec.run.why.words import at, ended, several, since


def why_task(facts: Facts, task_id: str) -> Reason:
    """Why a task does not run, or that it does, or has."""
    view, name = facts.tasks.get(task_id), f'task "{task_id}"'
    if view is None:
        return _absent(facts, task_id)
    if view.state == "completed":
        return done(facts, view)
    if view.state in ("running", "preparing"):
        return replace(under_way(facts, view), task_ids=(task_id,))
    if task_id in facts.blocked:
        return _never(facts, task_id)
    if facts.job is None or facts.job.state != "active":
        return replace(job_reason(facts), task_ids=(task_id,))
    unmet = facts.unmet(task_id)
    if unmet:
        found = root(facts, unmet)
        return replace(found, text=f"{name} waits for {_others(unmet)}{found.text}", task_ids=(task_id,))
    found = no_room(facts, task_id)
    behind = "" if no_pool(facts) is not None else place(facts, task_id)
    text = found.text if found.code else f"{name} waits: {found.text}{behind}"
    return replace(found, text=text, task_ids=(task_id,))


def _absent(facts: Facts, task_id: str) -> Reason:
    if facts.job is None or facts.job.state in OVER:
        return replace(job_reason(facts), task_ids=(task_id,))
    adder = manager(facts.run.program)
    if adder is not None and facts.job.armed:  # of an apply's job it is the apply that adds the spec's tasks
        return _unadded(facts, task_id, str(adder.body.id))
    have, want = len(facts.tasks), len(facts.made)
    text = f'the job does not hold task "{task_id}" yet: it has {have:,} of {want:,}'
    hint = "an apply that was interrupted is finished by the next one"
    return Reason(text, "BS815", final=True, hint=hint, task_ids=(task_id,))


def _unadded(facts: Facts, task_id: str, adder: str) -> Reason:
    text, view = f'the job does not hold task "{task_id}", which "{adder}" adds', facts.tasks.get(adder)
    if view is None or view.state != "completed":
        found = root(facts, [adder])
        return replace(found, text=text + found.text, task_ids=(task_id,))
    code = None if view.succeeded else "BS801"
    excerpt = facts.excerpts.get(adder, "")
    return Reason(f'{text}: "{adder}" {ended(view)}', code, True, None, view.ended, (task_id,), excerpt)


def done(facts: Facts, view: TaskView) -> Reason:
    """Of a task that has completed."""
    text = f'task "{view.id}" {ended(view)}{at(view.ended or view.since, facts.now)}'
    if view.succeeded:
        return Reason(text, since=view.ended, task_ids=(view.id,))
    held = facts.blocked_by(view)
    text += f", and blocks {several(held, 'task')}" if held else ""
    return Reason(text, "BS801", True, None, view.ended, (view.id,), facts.excerpts.get(view.id, ""))


def under_way(facts: Facts, view: TaskView) -> Reason:
    """Of a task that runs, or is about to."""
    begun = view.started or view.since
    where = f" on {view.node_id}" if view.node_id else ""
    if view.state == "preparing":
        busy = any(one.node_id == view.node_id and one.state == "running" for one in facts.preparations)
        doing = "waits for the job preparation task" if busy else "is being prepared: its files are fetched"
        return Reason(f'task "{view.id}" {doing}{where}{since(view.since, facts.now)}', since=view.since)
    tried = f", try {view.retries + 1}" if view.retries else ""
    return Reason(f'task "{view.id}" runs{where}{since(begun, facts.now)}{tried}', since=begun)


def _never(facts: Facts, task_id: str) -> Reason:
    """The failed task at the other end of what a blocked one waits for."""
    seen, front = {task_id}, facts.unmet(task_id)
    while front:
        one = front.pop(0)
        view = facts.tasks.get(one)
        if view is not None and view.state == "completed":
            held = facts.blocked_by(view)
            text = f'task "{task_id}" can never run: "{one}" {ended(view)} and blocks {several(held, "task")}'
            over = facts.job is None or facts.job.state in OVER
            then = 'then "batchspec retry" makes the next run' if over else 'then "batchspec retry" runs it again'
            hint = f'mend what made "{one}" fail, {then}'
            return Reason(text, "BS802", True, hint, view.ended, (task_id,), facts.excerpts.get(one, ""))
        if one not in seen:
            seen.add(one)
            front += facts.unmet(one)
    return Reason(
        f'task "{task_id}" can never run: a task that it waits for failed', "BS802", True, task_ids=(task_id,)
    )


def _others(unmet: Sequence[str]) -> str:
    more = f" and {several(len(unmet) - 1, 'other task')}" if len(unmet) > 1 else ""
    return f'"{unmet[0]}"{more}'


def root(facts: Facts, unmet: Sequence[str]) -> Reason:
    """What becomes of the first of them, or of what that waits for in its turn, as the end of a sentence."""
    one = next((parent for parent in unmet if state(facts, parent) in ("running", "preparing")), unmet[0])
    seen = [one]
    while state(facts, one) in ("active", ""):
        behind = [parent for parent in facts.unmet(one) if parent not in seen]
        if not behind:
            break
        one = behind[0]
        seen.append(one)
    view = facts.tasks.get(one)
    by = "which" if one == unmet[0] else f'of which "{one}"'
    if len(seen) > 1:
        by = f'and in the end for "{one}", which'
    if view is None:
        return Reason(f", {by} the job does not hold")
    if view.state in ("running", "preparing"):
        where = f" on {view.node_id}" if view.node_id else ""
        doing = "runs" if view.state == "running" else "is being prepared"
        return Reason(f", {by} {doing}{where}{since(view.started or view.since, facts.now)}")
    found = no_room(facts, one)
    return replace(found, text=f", {by} waits: {found.text}")


def state(facts: Facts, task_id: str) -> str:
    """The state of a task; "" when the job does not hold it."""
    view = facts.tasks.get(task_id)
    return view.state if view is not None else ""
