"""A service in memory, and an apply in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    def apply(self, made: Program, options: Options | None = None) -> tuple[list[Event], Report]:
        events = list(apply(made, self.batch, self.blobs, self.clock, options or Options()))
        last = events[-1]
        assert isinstance(last, Finished)
        return events, last.report


def of(events: Sequence[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def codes(report: Report) -> list[str]:
    return [found.code for found in report.diagnostics]
