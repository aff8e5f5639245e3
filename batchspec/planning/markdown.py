"""Plans as a comment for a pull request, within the length that GitHub takes.

The limit is 65,536 characters: https://github.com/orgs/community/discussions/41331. What does not fit is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchspec.diag import text as findings
from batchspec.planning.change import Plan
from batchspec.planning.text import MARKS, headline, subject, summary
from batchspec.planning.words import left_over

LONGEST = 65_536
_ROOM = 200  # for the lines that say what was left out, and the end of the block
_OPENING = 4  # lines of a plan before its first change


def render(plans: Sequence[Plan]) -> str:
    """The whole comment. A block of diff gives the marks their colours."""
    made = [f"### batchspec plan: {summary(plans)}"]
    room = LONGEST - len(made[0]) - 1
    for at, plan in enumerate(plans):
        lines = list(_plan(plan))
        kept = _fitting(lines, room - _ROOM)
        if len(kept) <= _OPENING:  # nothing of the plan itself
            made += ["", f"... and {len(plans) - at:,} more: see batchspec plan"]
            break
        if len(kept) < len(lines):
            kept += [f"  ... and {len(lines) - len(kept):,} lines more: see batchspec plan", "```"]
        made += kept
        room -= sum(len(line) + 1 for line in kept)
    return "\n".join(made) + "\n"


def _plan(plan: Plan) -> Iterator[str]:
    yield ""
    yield f"**{_escaped(plan.name)}**"
    yield ""
    yield "```diff"
    for change in plan.changes:
        mark = MARKS[change.action]
        if not mark:
            yield from (f"  {subject(change)}: {_flat(reason)}" for reason in change.reasons)
            continue
        yield f"{mark[0] if mark != '~' else '!'} {_flat(headline(change))}"
        yield from (f"    {_flat(reason)}" for reason in change.reasons)
        if change.cost:
            yield f"    cost: {_flat(change.cost)}"
    for problem in plan.problems:
        yield f"- {_flat(findings.render([problem], {}, colour=False).splitlines()[0])}"
    yield from (f"  note: {_flat(text)}" for text in left_over(plan.left))
    if plan.empty:
        yield "  no changes"
    yield "```"


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    made: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        made.append(line)
    return made


def _flat(words: str) -> str:
    """One line that cannot end the block it stands in."""
    return words.replace("\n", " ").replace("```", "'''")


def _escaped(words: str) -> str:
    return "".join(f"\\{letter}" if letter in "*_`[]<>#" else letter for letter in words)
