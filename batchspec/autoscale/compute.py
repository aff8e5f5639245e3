"""Operators and functions on values whose types are known to fit."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from batchspec.autoscale.moments import Moment, Span
from batchspec.autoscale.values import Fault, Value

Numbers = tuple[float, ...]


def _divide(left: float, right: float) -> float:
    if right == 0:
        raise Fault("value", "division by zero")
    return left / right


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
}
_COMPARISON: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "!=": operator.ne,
}


def binary(sign: str, left: Value, right: Value) -> Value:
    """`left sign right` for any row of the operators' table but `&&` and `||`, which may not need their right."""
    if sign in _COMPARISON:
        return float(_COMPARISON[sign](left, right))
    compute = _ARITHMETIC[sign]
    match left, right:
        case float(), float():
            return compute(left, right)
        case tuple(), tuple():
            return _by_element(compute, left, right)
        case tuple(), float():
            return _by_element(compute, left, (right,) * len(left))
        case float(), tuple():
            return _by_element(compute, (left,) * len(right), right)
        case float(), Span():
            return _span(left * right.ticks)
        case Span(), float():
            return _span(compute(left.ticks, right))
        case Span(), Span():
            return compute(left.ticks, right.ticks) if sign == "/" else _span(compute(left.ticks, right.ticks))
        case Moment(), Moment():
            return Span(left.ticks - right.ticks)
        case (Moment(one), Span(other)) | (Span(one), Moment(other)):
            return _shifted(one + other if sign == "+" else one - other)
        case _:
            raise Fault("type", f'"{sign}" does not fit its operands')


def unary(sign: str, value: Value) -> Value:
    match sign, value:
        case "!", float():
            return float(not value)
        case "-", float():
            return -value
        case "-", tuple():
            return tuple(-one for one in value)
        case "-", Span():
            return Span(-value.ticks)
        case _:
            return value


def _by_element(compute: Callable[[float, float], float], left: Numbers, right: Numbers) -> Numbers:
    if len(left) != len(right):
        raise Fault("value", f"vectors of {len(left)} and {len(right)} numbers do not go together")
    return tuple(map(compute, left, right))


def _span(ticks: float) -> Span:
    if not abs(ticks) < 2**63:  # also where it is not a number
        raise Fault("value", "the time interval is too long")
    return Span(round(ticks))


def _shifted(ticks: int) -> Moment:
    found = Moment(ticks)
    if not found.in_range:
        raise Fault("value", "the time stamp is out of range")
    return found


def _logarithm(base: float) -> Callable[[float], float]:
    def logarithm(value: float) -> float:
        if not value > 0:
            raise Fault("value", f"{value:g} has no logarithm")
        return math.log2(value) if base == 2 else math.log10(value) if base == 10 else math.log(value)

    return logarithm


def _whole(compute: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(compute(value)) if math.isfinite(value) else value


# Whether halves go up or to the even number is not documented; they go away from zero, as in C.
BY_ELEMENT: dict[str, Callable[[float], float]] = {
    "lg": _logarithm(2),
    "ln": _logarithm(math.e),
    "log": _logarithm(10),
    "abs": abs,
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "round": _whole(lambda value: int(math.copysign(math.floor(abs(value) + 0.5), value))),
}


def _deviation(numbers: Numbers) -> float:
    if len(numbers) < 2:
        raise Fault("no-data", "std needs two numbers")
    mean = _mean(numbers)
    return math.sqrt(sum((one - mean) ** 2 for one in numbers) / (len(numbers) - 1))


def _mean(numbers: Numbers) -> float:
    return sum(numbers) / len(numbers)


OVER_LIST: dict[str, Callable[[Numbers], float]] = {
    "avg": _mean,
    "len": lambda numbers: float(len(numbers)),
    "max": max,
    "min": min,
    "norm": lambda numbers: math.hypot(*numbers),
    "range": lambda numbers: max(numbers) - min(numbers),
    "std": _deviation,
    "sum": lambda numbers: float(sum(numbers)),
}
_OF_NONE = {"len", "norm", "sum"}  # these have an answer for an empty vector


def over_list(name: str, numbers: Numbers) -> float:
    if not numbers and name not in _OF_NONE:
        raise Fault("no-data", f"{name} of no numbers")
    return OVER_LIST[name](numbers)


def percentile(numbers: Numbers, percent: float) -> float:
    """The number at a percentile, between its neighbours where it falls between. The page names no method."""
    if not numbers:
        raise Fault("no-data", "percentile of no numbers")
    if not 0 <= percent <= 100:
        raise Fault("value", f"{percent:g} is no percentile")
    ordered = sorted(numbers)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def element(numbers: Sequence[float], place: float) -> float:
    if not 0 <= place < len(numbers):
        raise Fault("value", f"a vector of {len(numbers)} numbers has no place {place:g}")
    return numbers[int(place)]
