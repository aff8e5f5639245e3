"""What becomes of the job schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchspec.diag import Diagnostic
from batchspec.planning import inputs
from batchspec.planning.change import Action, Change
from batchspec.planning.differences import differences
from batchspec.planning.jobs import ENDED
from batchspec.planning.live import Live
from batchspec.planning.owner import not_ours, ours, stale
from batchspec.planning.places import Place, split
from batchspec.planning.since import since

if TYPE_CHECKING:
    from batchspec.compiler.program import Program

_KIND = "job_schedule"
_ENDED = "it has ended, and makes no more jobs; apply --rerun makes it anew"


def schedule_change(program: Program, live: Live, *, adopt: bool, rerun: bool = False) -> Change | Diagnostic | None:
    """What is done to the schedule, or why it cannot be. rerun: one that has ended is made anew."""
    made, view = program.schedule, live.schedule
    if made is None:
        return None
    body, name = made.body, str(made.body.id)
    if view is None:
        return Change(_KIND, name, Action.CREATE, ("there is none",))
    foreign, over = not ours(program, view.metadata), view.state in ENDED
    if foreign and not adopt:
        return not_ours(_KIND, made, over=over)
    if view.state == "deleting":
        why = "the one that is there is being deleted, which is waited for"
        return Change(_KIND, name, Action.CREATE, (why,))
    found = [*differences(body, view.body, skip=frozenset({"id"})), *since(_KIND, body, view)]
    reasons = inputs.reasons(_KIND, found, program)
    if over and not (found or rerun):
        return not_ours(_KIND, made, over=True) if foreign else Change(_KIND, name, Action.NOTHING, (_ENDED,))
    halted = view.state == "disabled"
    if halted:
        reasons.insert(0, "it is disabled, and is enabled")
    if foreign:
        reasons.insert(0, "it is taken over, though this spec did not make it")
    if over or Place.NEVER in split(_KIND, program.api_version, found):
        reasons.append("it has ended, and is made anew" if over else "this cannot change in place")
        return Change(_KIND, name, Action.REPLACE, tuple(reasons), "its jobs are deleted with it", tuple(found))
    if found or foreign or halted:
        cost = "a job of it that runs stays as it is" if found else ""
        return Change(_KIND, name, Action.UPDATE, tuple(reasons), cost, tuple(found))
    return Change(_KIND, name, Action.NOTHING, stale=stale(body, view.metadata))
