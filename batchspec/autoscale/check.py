"""What is wrong with a formula, as far as it can be known without running it.

A problem is certain where the documentation's tables leave no way for the formula to be right. Where they are silent
it is not certain, or nothing is said at all; each such place has a comment.
"""

from __future__ import annotations

from batchspec.autoscale.parse import MAX_PROBLEMS, parse
from batchspec.autoscale.problems import Problem
from batchspec.autoscale.typing_pass import Typing
from batchspec.autoscale.variables import DEDICATED, LOW_PRIORITY
from batchspec.autoscale.walk import walk
from batchspec.autoscale.wording import nearest

_FEW = 50  # own variables that are looked at for a misspelt target


def check(formula: str) -> list[Problem]:
    """All problems of a formula in the order of their places. With syntax problems there are no others."""
    parsed = parse(formula)
    if parsed.problems:
        return list(parsed.problems)
    typing = Typing()
    for statement in parsed.statements:
        walk(statement, typing.visit)
    problems = sorted(typing.problems, key=lambda problem: (problem.start, problem.end))[:MAX_PROBLEMS]
    if not typing.assigned & {DEDICATED, LOW_PRIORITY}:
        problems.append(_not_assigned(formula, typing.written))
    return problems


def _not_assigned(formula: str, written: list[str]) -> Problem:
    """Not certain: the service evaluates such a formula and leaves the pool as it is (its own .NET tests do that)."""
    message = f'the formula sets neither "{DEDICATED}" nor "{LOW_PRIORITY}"'
    meant = [name for name in written[:_FEW] if nearest(name, (DEDICATED, LOW_PRIORITY))]
    if meant:
        hint = f'"{meant[0]}" is a variable of your own: did you mean "{nearest(meant[0], (DEDICATED, LOW_PRIORITY))}"?'
    elif "//" in formula and len(formula.strip().splitlines()) == 1:
        hint = 'a "//" comment ends with its line, and this formula has one line: keep its line breaks'
    else:
        hint = f'assign one of them, such as "{DEDICATED} = 1;"'
    return Problem("not-assigned", message, 0, len(formula), hint, certain=False)
