"""The functions of a formula and the methods of a metric, with their signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from batchspec.autoscale.types import Type, fits

FUNCTIONS_SOURCE = "https://learn.microsoft.com/azure/batch/batch-automatic-scaling#functions"
METHODS_SOURCE = "https://learn.microsoft.com/azure/batch/batch-automatic-scaling#methods"

_D, _V, _S, _T, _I = Type.DOUBLE, Type.VECTOR, Type.STRING, Type.TIMESTAMP, Type.INTERVAL


@dataclass(frozen=True, slots=True)
class Signature:
    """What a call takes and gives. `listed`: any number of numbers and vectors (a `doubleVecList`)."""

    takes: tuple[Type, ...]
    gives: Type
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method: its ways to be called, as it is written, and what it gives."""

    name: str
    signatures: tuple[Signature, ...]
    usage: str
    meaning: str
    source: str = FUNCTIONS_SOURCE


def _over_list(name: str, meaning: str, gives: Type = _D) -> Function:
    return Function(name, (Signature((), gives, listed=True),), f"{name}(doubleVecList)", meaning)


def _by_element(name: str, meaning: str) -> Function:
    ways = (Signature((_D,), _D), Signature((), _V, listed=True))
    return Function(name, ways, f"{name}(double) or {name}(doubleVecList)", meaning)


_FUNCTIONS = (
    _over_list("avg", "the mean"),
    _over_list("len", "how many numbers there are"),
    _over_list("max", "the greatest number"),
    _over_list("min", "the least number"),
    _over_list("norm", "the two-norm: the root of the sum of squares"),
    _over_list("range", "the greatest number less the least"),
    _over_list("std", "the standard deviation of a sample"),
    _over_list("sum", "the sum"),
    _over_list("vec", "one vector of all that is given", _V),  # named only in the text about lg and log
    _by_element("lg", "the logarithm to the base 2"),
    _by_element("ln", "the natural logarithm"),
    _by_element("log", "the logarithm to the base 10"),
    # Not in the older copies of the page; taken, because to refuse them would need proof.
    _by_element("abs", "the number without its sign"),
    _by_element("ceil", "the next whole number upwards"),
    _by_element("floor", "the next whole number downwards"),
    _by_element("round", "the nearest whole number"),
    Function("percentile", (Signature((_V, _D), _D),), "percentile(doubleVec, double)", "the number at a percentile"),
    Function("val", (Signature((_V, _D), _D),), "val(doubleVec, double)", "the number at a place, counted from zero"),
    Function("rand", (Signature((), _D),), "rand()", "a random number from 0 to 1"),
    Function("stop", (Signature((), Type.NOTHING),), "stop()", "ends the evaluation here"),
    Function(
        "time",
        (Signature((), _T), Signature((_S,), _T)),
        "time() or time(string)",
        "now, or the moment that a W3C-DTF or RFC 1123 text tells",
    ),
)

_WHEN = (_T, _I)
_SAMPLE_WAYS = (
    Signature((_D,), _V),
    *(Signature((start,), _V) for start in _WHEN),
    *(Signature((start, _D), _V) for start in _WHEN),
    *(Signature((start, end), _V) for start, end in product(_WHEN, _WHEN)),
    *(Signature((start, end, _D), _V) for start, end in product(_WHEN, _WHEN)),
)
# The page calls the result of GetSamplePercent a doubleVec and compares it with a number: it is a number.
_PERCENT_WAYS = (
    *(Signature((start,), _D) for start in _WHEN),
    *(Signature((start, end), _D) for start, end in product(_WHEN, _WHEN)),
)
_METHODS = (
    Function(
        "GetSample",
        _SAMPLE_WAYS,
        "GetSample(count) or GetSample(start [, end] [, samplePercent])",
        "the last samples, or those of a span of time; fails with fewer than the percentage",
        METHODS_SOURCE,
    ),
    Function(
        "GetSamplePercent",
        _PERCENT_WAYS,
        "GetSamplePercent(start [, end])",
        "how many percent of the samples of a span of time are there",
        METHODS_SOURCE,
    ),
    # What type a period has the page does not say: an interval by its sense, and a number is not ruled out.
    Function(
        "GetSamplePeriod",
        (Signature((), _I), Signature((), _D)),
        "GetSamplePeriod()",
        "the time between two samples",
        METHODS_SOURCE,
    ),
    Function("Count", (Signature((), _D),), "Count()", "how many samples there are in all", METHODS_SOURCE),
    Function("HistoryBeginTime", (Signature((), _T),), "HistoryBeginTime()", "when the samples begin", METHODS_SOURCE),
)

FUNCTIONS = {function.name: function for function in _FUNCTIONS}
METHODS = {method.name: method for method in _METHODS}


@dataclass(frozen=True, slots=True)
class Match:
    """The signature that fits some arguments, and whether it does so as documented."""

    signature: Signature
    documented: bool


def select(function: Function, arguments: Sequence[Type]) -> Match | None:
    """The signature that arguments of these types are for: a documented fit before a lenient one."""
    lenient = None
    for signature in function.signatures:
        how = _how(signature, arguments)
        if how:
            return Match(signature, documented=True)
        if how is False and lenient is None:
            lenient = Match(signature, documented=False)
    return lenient


def takes_count(function: Function, count: int) -> bool:
    """Whether any signature takes that many arguments."""
    return any(signature.listed or len(signature.takes) == count for signature in function.signatures)


def _how(signature: Signature, arguments: Sequence[Type]) -> bool | None:
    if signature.listed:
        return _worst([_listed(argument) for argument in arguments])
    if len(signature.takes) != len(arguments):
        return None
    return _worst([fits(given, wanted) for given, wanted in zip(arguments, signature.takes, strict=True)])


def _listed(argument: Type) -> bool | None:
    as_vector = fits(argument, _V)
    return True if argument in (_D, Type.COUNT) else as_vector


def _worst(hows: list[bool | None]) -> bool | None:
    return None if None in hows else all(hows)
