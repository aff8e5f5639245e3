"""The scheduler on virtual time: each run takes as long as it is told to, and nothing is started for real."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from batchspec.emulator.engine.commands import Boot, Kill, Outcome, Run, Start
from batchspec.emulator.engine.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchspec.emulator.engine.records import Node

KILLED = Outcome(143)


def at_once(_run: Run) -> tuple[float, Outcome]:
    return 0.0, Outcome(0)


@dataclass(slots=True)
class Simulation:
    """Drives a scheduler; `behaviour` says of each run how many seconds it takes and how it ends.

    `started` is every run in order. After a request to `scheduler`, call `carry_out` or `run`.
    """

    behaviour: Callable[[Run], tuple[float, Outcome]] = at_once
    scheduler: Scheduler = field(default_factory=Scheduler)
    now: float = 0.0
    started: list[Run] = field(default_factory=list)
    _events: list[tuple[float, int, Run | Node, Outcome | None]] = field(default_factory=list)
    _live: dict[Run, None] = field(default_factory=dict)
    _sequence: int = 0

    def carry_out(self) -> None:
        """Take the scheduler's commands; their answers come later, even if at the same time."""
        for command in self.scheduler.take_commands():
            if isinstance(command, Boot):
                self._later(0.0, command.node, None)
            elif isinstance(command, Start):
                self.started.append(command.run)
                self._live[command.run] = None
                duration, outcome = self.behaviour(command.run)
                self._later(duration, command.run, outcome)
            elif isinstance(command, Kill):
                self._later(0.0, command.run, KILLED)

    def step(self) -> bool:
        """Let the next thing happen; False when nothing will."""
        self._prepare()
        deadline = self.scheduler.next_deadline
        if deadline is not None and (not self._events or deadline < self._events[0][0]):
            if not self._events:
                return False  # a limit alone is no reason to let time pass
            self.now = max(self.now, deadline)
            self.scheduler.clock(self.now)
            return True
        if not self._events:
            return False
        when, _, what, outcome = heappop(self._events)
        if isinstance(what, Run):
            if what in self._live and outcome is not None:
                self.now = when
                del self._live[what]
                self.scheduler.ended(when, what, outcome)
        else:
            self.now = when
            self.scheduler.booted(when, what)
        return True

    def run(self) -> None:
        """Until nothing runs any more."""
        while self.step():
            pass

    def run_until(self, when: float) -> None:
        """Let time pass until then, with all that happens on the way, job schedules included."""
        while True:
            self._prepare()
            deadline = self.scheduler.next_deadline
            event = self._events[0][0] if self._events else None
            if deadline is not None and deadline <= when and (event is None or deadline < event):
                self.now = max(self.now, deadline)
                self.scheduler.clock(self.now)
            elif event is not None and event <= when:
                self.step()
            else:
                break
        self.now = when
        self.scheduler.clock(when)

    def _prepare(self) -> None:
        self.carry_out()
        while self._events and isinstance(run := self._events[0][2], Run) and run not in self._live:
            heappop(self._events)  # it was killed before it came so far

    def _later(self, delay: float, what: Run | Node, outcome: Outcome | None) -> None:
        self._sequence += 1
        heappush(self._events, (self.now + delay, self._sequence, what, outcome))
