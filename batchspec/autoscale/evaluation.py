"""A formula evaluated over a world: pure, bounded in work, and never an exception."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from batchspec.autoscale.machine import Machine, Stopped
from batchspec.autoscale.parse import parse
from batchspec.autoscale.results import EvaluationError, Result, results_text
from batchspec.autoscale.syntax import Node
from batchspec.autoscale.values import Fault, FaultKind, Value, number
from batchspec.autoscale.variables import DEALLOCATION, DEDICATED, LOW_PRIORITY, OPTIONS
from batchspec.autoscale.walk import walk
from batchspec.autoscale.world import World

_MOST_NODES = 2**31 - 1


def evaluate(formula: str, world: World) -> Result:
    """What a formula makes of a world.

    A target that is not assigned stays as it is. Fractions of nodes are cut off (the page's own examples assign
    averages), less than none is none. Time and randomness come from the world only.
    """
    parsed = parse(formula)
    if parsed.problems:
        first = parsed.problems[0]
        return _failed(formula, world, "syntax", first.message, first.start, first.end)
    machine = Machine(world, random.Random(world.seed))  # noqa: S311  # an autoscale formula keeps no secrets
    try:
        _run(machine, parsed.statements)
    except Fault as fault:
        return _failed(formula, world, fault.kind, fault.message, *machine.place)
    except (ArithmeticError, ValueError) as error:  # a float that is too large, a NaN that has no integer
        return _failed(formula, world, "value", str(error), *machine.place)
    return _finished(formula, world, machine)


def _run(machine: Machine, statements: Sequence[Node]) -> None:
    with suppress(Stopped):
        for statement in statements:
            walk(statement, machine.visit)


def _finished(formula: str, world: World, machine: Machine) -> Result:
    try:
        dedicated = _nodes(machine.target(DEDICATED), world.target_dedicated)
        low_priority = _nodes(machine.target(LOW_PRIORITY), world.target_low_priority)
        deallocation = _option(machine.target(DEALLOCATION), world.deallocation)
    except Fault as fault:
        return _failed(formula, world, fault.kind, fault.message, 0, len(formula))
    return Result(
        dedicated, low_priority, deallocation, results_text(dedicated, low_priority, deallocation, machine.own)
    )


def _nodes(target: Value, before: int) -> int:
    if target is None:
        return before
    nodes = number(target)
    if not math.isfinite(nodes) or nodes > _MOST_NODES:
        raise Fault("value", f"{nodes:g} is no number of nodes")
    return max(0, math.floor(nodes))


def _option(target: Value, before: str) -> str:
    if target is None:
        return before
    if not isinstance(target, str):
        raise Fault("type", f"{DEALLOCATION} takes a word")
    if target not in OPTIONS:
        raise Fault("value", f'"{target}" is not an option of {DEALLOCATION}')
    return target


# The codes and the form of the detail: https://learn.microsoft.com/azure/batch/batch-pool-autoscale-event and the
# tests of the SDKs.
def _failed(formula: str, world: World, kind: FaultKind, message: str, start: int, end: int) -> Result:
    line = formula.count("\n", 0, start) + 1
    column = start - (formula.rfind("\n", 0, start) + 1) + 1
    if kind == "insufficient-data":
        code, told = "InsufficientSampleData", "Autoscale evaluation failed due to insufficient sample data"
    else:
        code, told = "AutoScalingFormulaEvaluationError", "Autoscale evaluation failed"
    error = EvaluationError(kind, code, told, f"Line {line}, Col {column}: {message}", start, end)
    before = Result(world.target_dedicated, world.target_low_priority, world.deallocation, "", error)
    return replace(before, results=results_text(before.dedicated, before.low_priority, before.deallocation, {}))
