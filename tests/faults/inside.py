"""Plan and apply in this process, through the proxy, with a clock that does not really wait for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from batchspec import api
from batchspec.planning.change import Plan
from batchspec.run import Options, Report, apply
from batchspec.run.events import Event, Finished
from batchspec.run.look import plan_of
from batchspec.spec.build import Spec
from batchspec.spec.draft import Settings
from tests.faults.scene import Case

LONGEST = 0.05  # seconds that a sleep really takes
IMPATIENCE = 0.4  # seconds until an answer that does not come is no longer waited for


class HastyClock:
    """Real time, but that whoever sleeps finds it gone sooner."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, LONGEST))
        self.skipped += max(0.0, seconds - LONGEST)


@dataclass
class Inside:
    """One case, connected."""

    case: Case
    connection: api.Connection
    clock: HastyClock

    def events(self, *, rerun: bool = False, wait: bool = True) -> Iterator[Event]:
        """The events of an apply that may do what it wants."""
        program = self.connection.program(self._spec(), rerun=rerun)
        asked = Options(self.case.results, follow=False, wait=wait, agree=lambda _plan: True, force=True)
        return apply(program, self.connection.batch(program), self.connection.blobs, self.clock, asked)

    def apply(self, *, rerun: bool = False, wait: bool = True) -> tuple[list[Event], Report]:
        """The events of an apply, and its report."""
        events = list(self.events(rerun=rerun, wait=wait))
        last = events[-1]
        assert isinstance(last, Finished)
        return events, last.report

    def plan(self) -> Plan:
        """What is left to do."""
        program = self.connection.program(self._spec())
        return plan_of(program, self.connection.batch(program), self.connection.blobs, self.clock)

    def _spec(self) -> Spec:
        settings = Settings(parameters={"n": self.case.n, "ran": str(self.case.ran), **self.case.given})
        checked = api.check_files([self.case.home / "spec.yaml"], settings)
        assert checked.ok, checked.diagnostics
        return checked.specs[0]


@contextmanager
def inside(case: Case) -> Iterator[Inside]:
    """A connection of its own."""
    clock = HastyClock()
    with api.connect("azure", case.of.environ) as connection:
        yield Inside(case, replace(connection, clock=clock), clock)
