"""A service in memory, and an apply in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from batchspec.compiler.program import Program
from batchspec.run import Options, Report, apply
from batchspec.run.events import Event, Finished
from tests.support.fakes import Behaviour, FakeBatch, FakeBlob, FakeClock

E = TypeVar("E")


class World:
    """A service in memory and what an apply does to it."""

    def __init__(self, behaviours: Mapping[str, Behaviour] | None = None, **kwargs: object) -> None:
        self.clock = FakeClock()
        self.batch = FakeBatch(self.clock, behaviours, **kwargs)  # type: ignore[arg-type]  # passed through
        self.blobs = FakeBlob()

    def apply(
        self, made: Program, options: Options | None = None, seen: Callable[[Event], object] | None = None
    ) -> tuple[list[Event], Report]:
        """What it tells, each event to `seen` before the work goes on, and what it comes to."""
        events: list[Event] = []
        for event in apply(made, self.batch, self.blobs, self.clock, options or Options()):
            events.append(event)
            if seen is not None:
                seen(event)
        (last,) = of(events, Finished)
        assert events[-1] is last
        return events, last.report


def of(events: Sequence[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def codes(report: Report) -> list[str]:
    return [found.code for found in report.diagnostics]
