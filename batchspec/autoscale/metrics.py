"""The samples of one metric, and what its methods give.

https://learn.microsoft.com/azure/batch/batch-automatic-scaling#methods
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from batchspec.autoscale.moments import Moment, Span, moment
from batchspec.autoscale.values import Fault, Value
from batchspec.autoscale.world import Sample, World

PERIOD = Span(30 * 10_000_000)  # "samples are obtained every 30 seconds"


@dataclass(frozen=True, slots=True)
class History:
    """The samples of a metric up to now, the oldest first."""

    name: str
    now: Moment
    times: tuple[Moment, ...]
    values: tuple[float, ...]

    def call(self, method: str, arguments: Sequence[Value]) -> Value:
        match method, arguments:
            case "Count", _:
                return float(len(self.values))
            case "GetSamplePeriod", _:
                return PERIOD
            case "HistoryBeginTime", _:
                return self._begin()
            case "GetSamplePercent", _:
                return self._span(arguments)[1]
            case _, [float() as count]:
                return self._latest(count)
            case _, [*when, float() as percent]:
                return self._sample(when, percent)
            case _:
                return self._sample(arguments, None)

    def last(self) -> float | None:
        return self.values[-1] if self.values else None

    def _begin(self) -> Moment:
        if not self.times:
            raise Fault("no-data", f"{self.name} has no samples")
        return self.times[0]

    def _latest(self, count: float) -> tuple[float, ...]:
        if not 0 <= count < 1e9:
            raise Fault("value", f"GetSample cannot get {count:g} samples")
        return self.values[max(0, len(self.values) - int(count)) :]

    # Without a percentage a span without samples gives an empty vector: so the documented `max(0, x.GetSample(1))`.
    def _sample(self, when: Sequence[Value], wanted: float | None) -> tuple[float, ...]:
        found, received = self._span(when)
        if wanted is not None and received < wanted:
            message = f"Insufficient data from data set: {self.name} wanted {wanted:g}%, received {int(received)}%"
            raise Fault("insufficient-data", message)
        return found

    def _span(self, when: Sequence[Value]) -> tuple[tuple[float, ...], float]:
        """The samples after the earlier end and up to the later one, and how many percent of all those are."""
        ends = sorted([self._moment(value).ticks for value in when] + ([self.now.ticks] if len(when) == 1 else []))
        found = tuple(
            value for time, value in zip(self.times, self.values, strict=True) if ends[0] < time.ticks <= ends[-1]
        )
        possible = max(1, (ends[-1] - ends[0]) // PERIOD.ticks)
        return found, min(100.0, 100.0 * len(found) / possible)

    def _moment(self, value: Value) -> Moment:
        """A time stamp as it is, an interval as that long ago."""
        if isinstance(value, Span):
            return Moment(self.now.ticks - value.ticks)
        assert isinstance(value, Moment)
        return value


def history(world: World, name: str, count: float | None) -> History:
    """The samples of a metric in a world, by its full name."""
    now = moment(world.now)
    taken = world.samples.get(name)
    if taken is None:
        taken = [] if count is None else [Sample(world.now, count)]
    known = sorted((moment(sample.time), float(sample.value)) for sample in taken)
    known = [one for one in known if one[0] <= now]
    return History(name, now, tuple(time for time, _ in known), tuple(value for _, value in known))
