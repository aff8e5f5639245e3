"""Something of the spec's is on the service: made now, or found there, ours and the same."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from batchspec.errors import Conflict, NotFound, Refused, Unauthorized
from batchspec.planning.owner import ours
from batchspec.ports import ASKED, JobView, PoolView, ScheduleView
from batchspec.run.context import Run, finding, refusal, unchanged
from batchspec.run.deleting import LOOKS, await_gone
from batchspec.run.events import Event, Removing
from batchspec.run.report import Finding

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

View = TypeVar("View", PoolView, JobView, ScheduleView)

_THERE = frozenset(f"{kind}{what}" for kind in ("Pool", "Job", "JobSchedule") for what in ("Exists", "BeingDeleted"))
_DIFFERS = {"pool": "BS601", "job": "BS603", "job schedule": "BS603"}


def ensure(
    run: Run, kind: str, made: Made[Any], get: Callable[[], View], add: Callable[[], None]
) -> Generator[Event, None, View | Finding | None]:
    """Create a pool or a job unless it is there. None: created; a view: found, ours and unchanged.

    A Conflict after we saw nothing is another apply's, or our own add whose answer was lost: look again.
    """
    name = f'{kind} "{made.body.id}"'
    for look in range(LOOKS):
        if look:
            run.clock.sleep(0.2 * look)
        try:
            view = yield from run.retry.ask(name, get)
        except NotFound:
            try:
                yield from run.retry.ask(f"create {name}", add)
            except Unauthorized:
                raise
            except Refused as error:
                if isinstance(error, Conflict) and error.code in _THERE:
                    continue
                return refusal("BS701", made, f"the service refused {name}", error)
            return None
        problem = objection(run, kind, made, view)
        if problem is not None:
            return problem
        if view.state != "deleting":
            return view
        yield Removing(kind, made.body.id)
        if not (yield from await_gone(run, kind, made.body.id)):
            break
    return finding("BS604", made, f"{name} is still being deleted", "run the command again in a few minutes")


def moved(run: Run, kind: str, made: Made[Any], before: View | None, now: View) -> Finding | None:
    """Why a live object can be taken neither for the one that the plan saw, None for none, nor for the spec's."""
    if before is not None and as_seen(before, now):
        return None
    return objection(run, kind, made, now, "made" if before is None else "changed")


def only_as_seen(
    run: Run, kind: str, made: Made[Any], before: View | None
) -> Callable[[View], tuple[Finding, ...] | None]:
    """For `deleting.remove`: what the plan did not see stays. No findings where another has made it anew already."""

    def stays(now: View) -> tuple[Finding, ...] | None:
        if before is not None and as_seen(before, now):
            return None
        problem = objection(run, kind, made, now, "changed")
        return () if problem is None else (problem,)

    return stays


def as_seen(before: View, now: View) -> bool:
    """Whether nobody has applied another spec to it since."""
    return all(before.metadata.get(key) == now.metadata.get(key) for key in ASKED)


def objection(
    run: Run, kind: str, made: Made[Any], view: PoolView | JobView | ScheduleView, what: str = "made"
) -> Finding | None:
    """Why a live object cannot be taken for the spec's; one that is going away stands in nobody's way.

    what: that somebody did to it meanwhile.
    """
    name = f'{kind} "{made.body.id}"'
    if not ours(run.program, view.metadata):
        hint = f"give the {kind} another id"
        return finding("BS602", made, f"{name} exists and was not made by this spec", hint)
    if view.state != "deleting" and not unchanged(made.body, view.metadata):
        # The plan saw none, or another: somebody made or changed it since.
        hint = "run the command again: its plan says what would be changed"
        return finding(_DIFFERS[kind], made, f"{name} was {what} meanwhile, and differs from the spec", hint)
    return None
