"""What an evaluation gives, and the text of it that the service calls `autoScaleRun.results`.

The targets and the option first, then the formula's own variables in the order of their names, as in the page's
example and in the SDK's tests ("$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue").
https://learn.microsoft.com/azure/batch/batch-automatic-scaling#evaluate-an-autoscale-formula
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batchspec.autoscale.moments import Moment, Span
from batchspec.autoscale.values import FaultKind, Metric, Value
from batchspec.autoscale.variables import DEALLOCATION, DEDICATED, LOW_PRIORITY


@dataclass(frozen=True, slots=True)
class EvaluationError:
    """Why an evaluation came to no end: `code` and `detail` are as the service writes them, `kind` is ours.

    The service's `error` has this code, this message and a value named "Message" with the detail.
    """

    kind: FaultKind
    code: str
    message: str
    detail: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Result:
    """The targets after an evaluation; after one that failed they are what they were before."""

    dedicated: int
    low_priority: int
    deallocation: str
    results: str
    error: EvaluationError | None = None


def results_text(dedicated: int, low_priority: int, deallocation: str, own: Mapping[str, Value]) -> str:
    first: dict[str, Value] = {
        DEDICATED: float(dedicated),
        LOW_PRIORITY: float(low_priority),
        DEALLOCATION: deallocation,
    }
    ordered = first | {name: own[name] for name in sorted(own)}
    return ";".join(f"{name}={written(value)}" for name, value in ordered.items())


def written(value: Value) -> str:
    """A value as the service writes it; how it writes intervals and metrics is not documented."""
    match value:
        case float():
            return _number(value)
        case tuple():
            return f"[{','.join(map(_number, value))}]"
        case Moment():
            return f"{value.when:%Y-%m-%dT%H:%M:%S}.{value.when.microsecond // 1000:03}Z"
        case Span():
            return _span(value)
        case Metric():
            return value.name if value.count is None else _number(value.count)
        case _:
            return str(value or "")


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _span(value: Span) -> str:
    seconds, rest = divmod(abs(value.ticks), 10_000_000)
    days, seconds = divmod(seconds, 86_400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    sign, fraction = "-" * (value.ticks < 0), f".{rest:07}" * (rest > 0)
    return f"{sign}{days}.{clock}{fraction}" if days else f"{sign}{clock}{fraction}"
