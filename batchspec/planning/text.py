"""A plan for people: one line for each change, with its mark, its reasons and its cost below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from batchspec.planning.change import Action, Change, Plan
from batchspec.planning.words import left_over, listed

MARKS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.RESIZE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.NOTHING: "",
}
_COLOURS = {"+": "32", "~": "33", "-/+": "31", "-": "31"}
_NAMED = 5  # tasks or files that are named
_ORDER = (Action.CREATE, Action.UPDATE, Action.RESIZE, Action.REPLACE, Action.DELETE)


def render(plan: Plan, *, colour: bool = False) -> str:
    """The whole text; it ends with a summary."""
    notes = [f"  note: {text}" for text in left_over(plan.left)]
    return "\n".join([f"plan for {plan.name}:", *_lines(plan, colour=colour), *notes, f"  {summary([plan])}"])


def _lines(plan: Plan, *, colour: bool) -> Iterator[str]:
    for change in plan.changes:
        mark = MARKS[change.action]
        if not mark:
            yield from (f"      {subject(change)}: {reason}" for reason in change.reasons)
            continue
        shown = f"{mark:>3}"
        if colour:
            shown = f"\x1b[{_COLOURS[mark]}m{shown}\x1b[0m"
        yield f"  {shown} {headline(change)}"
        yield from (f"        {reason}" for reason in change.reasons)
        if change.cost:
            yield f"        cost: {change.cost}"


def headline(change: Change) -> str:
    """What is done: `replace pool hexgrid`."""
    return f"{change.action.value} {subject(change)}"


def subject(change: Change) -> str:
    """What it is done to."""
    if change.kind == "tasks":
        named = f": {listed(change.ids, _NAMED)}" if change.ids else ""
        return f"{change.count:,} task{'s' * (change.count != 1)} of job {change.id}{named}"
    if change.kind == "files":
        return f"{change.count:,} file{'s' * (change.count != 1)} in container {change.id}"
    return f"{change.kind.replace('_', ' ')} {change.id}"


def summary(plans: Iterable[Plan]) -> str:
    """The last line: how many things there are of each kind of change."""
    plans = list(plans)
    made = [change for plan in plans for change in plan.changes]
    counts = {action: sum(change.count for change in made if change.action is action) for action in _ORDER}
    told = [f"{count:,} to {action.value}" for action, count in counts.items() if count]
    if any(plan.problems for plan in plans):
        told.append("cannot be applied")
    return ", ".join(told) if told else "no changes"
