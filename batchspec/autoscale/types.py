"""The types of a formula and what the operators make of them.

Source of every row: https://learn.microsoft.com/azure/batch/batch-automatic-scaling#operations. The checker and the
evaluator ask the same `resolve`, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Type(Enum):
    """The value is how a person calls it. A `doubleVecList` is no type of a value: it is a list of arguments."""

    DOUBLE = "a number"
    VECTOR = "a vector of numbers"
    STRING = "text"
    TIMESTAMP = "a time stamp"
    INTERVAL = "a time interval"
    SAMPLES = "a metric"
    COUNT = "a count"  # a metric that the documented examples also use as a number: $CurrentDedicatedNodes * 1.1
    NOTHING = "nothing"  # what stop() gives


@dataclass(frozen=True, slots=True)
class Fit:
    """How an operator takes its operands: as which types, giving what, and whether the documentation says so."""

    left: Type
    right: Type
    result: Type
    documented: bool = True


_D, _V, _S, _T, _I = Type.DOUBLE, Type.VECTOR, Type.STRING, Type.TIMESTAMP, Type.INTERVAL
_ARITHMETIC = ("+", "-", "*", "/")
_COMPARISON = ("<", "<=", "==", ">=", ">", "!=")

_ROWS: tuple[tuple[tuple[str, ...], Type, Type, Type, bool], ...] = (
    (_ARITHMETIC, _D, _D, _D, True),
    (("*",), _D, _I, _I, True),
    (_ARITHMETIC, _V, _D, _V, True),
    (_ARITHMETIC, _V, _V, _V, True),
    (("*", "/"), _I, _D, _I, True),
    (("+", "-"), _I, _I, _I, True),
    (("+",), _I, _T, _T, True),
    (("+",), _T, _I, _T, True),
    (("-",), _T, _T, _I, True),
    *((_COMPARISON, one, one, _D, True) for one in (_D, _S, _T, _I)),
    (("&&", "||"), _D, _D, _D, True),
    # Not in the table, and so natural beside it that nobody should be told "refused" without proof.
    (_ARITHMETIC, _D, _V, _V, False),
    (("-",), _T, _I, _T, False),
    (("/",), _I, _I, _D, False),
)
_BINARY = {
    (operator, left, right): Fit(left, right, result, documented)
    for operators, left, right, result, documented in _ROWS
    for operator in operators
}
_UNARY: dict[tuple[str, Type], tuple[Type, bool]] = {
    ("-", _D): (_D, True),
    ("!", _D): (_D, True),
    ("-", _I): (_I, True),
    ("-", _V): (_V, False),
    ("+", _D): (_D, False),
    ("+", _I): (_I, False),
    ("+", _V): (_V, False),
}

# What a value may stand for: (as, documented). A metric without GetSample stands for its last sample, a vector of one
# for its element: people write both, the documentation shows neither.
_STANDS_FOR: dict[Type, tuple[tuple[Type, bool], ...]] = {
    Type.COUNT: ((_D, True),),
    Type.SAMPLES: ((_D, False), (_V, False)),
    Type.VECTOR: ((_V, True), (_D, False)),
}


def stands_for(given: Type) -> Iterator[tuple[Type, bool]]:
    """The types that a value of a type can be taken as, what is documented first."""
    yield from _STANDS_FOR.get(given, ((given, True),))


def resolve(operator: str, left: Type, right: Type) -> Fit | None:
    """How a binary operator takes two types; None: not at all."""
    lenient = None
    for left_as, left_documented in stands_for(left):
        for right_as, right_documented in stands_for(right):
            fit = _BINARY.get((operator, left_as, right_as))
            if fit and fit.documented and left_documented and right_documented:
                return fit
            if fit and lenient is None:
                lenient = Fit(left_as, right_as, fit.result, documented=False)
    return lenient


def resolve_unary(operator: str, operand: Type) -> tuple[Type, Type, bool] | None:
    """(as which type, result, documented) of an operator before an operand; None: not at all."""
    for operand_as, documented in stands_for(operand):
        if found := _UNARY.get((operator, operand_as)):
            return operand_as, found[0], found[1] and documented
    return None


def fits(given: Type, wanted: Type) -> bool | None:
    """Whether a value may be used where a type is wanted: True as documented, False with leniency, None not at all."""
    for as_type, documented in stands_for(given):
        if as_type is wanted:
            return documented
    if given in (Type.DOUBLE, Type.COUNT) and wanted is Type.VECTOR:  # val(3, 0): a vector of one
        return False
    return None
