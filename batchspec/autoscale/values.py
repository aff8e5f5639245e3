"""The values of an evaluation: numbers, vectors, texts, moments, spans and metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from batchspec.autoscale.moments import Moment, Span
from batchspec.autoscale.types import Type

FaultKind = Literal["syntax", "type", "unknown-name", "value", "no-data", "insufficient-data", "too-large"]


class Fault(Exception):
    """Stops an evaluation; `evaluate` turns it into an EvaluationError."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of the service by its full name; `count` is the number that it stands for where it is a count."""

    name: str
    count: float | None
    last: Callable[[], float | None]


Value: TypeAlias = float | tuple[float, ...] | str | Moment | Span | Metric | None


def type_of(value: Value) -> Type:
    match value:
        case float():
            return Type.DOUBLE
        case tuple():
            return Type.VECTOR
        case str():
            return Type.STRING
        case Moment():
            return Type.TIMESTAMP
        case Span():
            return Type.INTERVAL
        case Metric():
            return Type.SAMPLES if value.count is None else Type.COUNT
        case None:
            return Type.NOTHING


def as_type(value: Value, wanted: Type) -> Value:
    """A value as the type that it stands for (see `types.stands_for`)."""
    if isinstance(value, Metric):
        value = _number_of(value)
    if wanted is Type.DOUBLE and isinstance(value, tuple):
        return _only(value)
    if wanted is Type.VECTOR and isinstance(value, float):
        return (value,)
    if type_of(value) is not wanted:
        raise Fault("type", f"{wanted.value} is wanted here, not {type_of(value).value}")
    return value


def number(value: Value) -> float:
    found = as_type(value, Type.DOUBLE)
    assert isinstance(found, float)
    return found


def vector(value: Value) -> tuple[float, ...]:
    found = as_type(value, Type.VECTOR)
    assert isinstance(found, tuple)
    return found


def _number_of(metric: Metric) -> float:
    found = metric.count if metric.count is not None else metric.last()
    if found is None:
        raise Fault("no-data", f"{metric.name} has no samples")
    return float(found)


def _only(values: tuple[float, ...]) -> float:
    if len(values) != 1:
        raise Fault("value", f"a vector of {len(values)} numbers stands where one number is wanted")
    return values[0]
