"""What was asked of the services since the rules were set, and which faults it met."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from batchspec.emulator.control.rules import Rule, Service, meet

KEPT = 10_000
"""Requests in the log."""


@dataclass(eq=False, slots=True)
class Entry:
    """A request; the status comes with its answer."""

    number: int
    service: Service
    method: str
    path: str
    fault: str | None
    status: int | None = None

    def document(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(eq=False)
class Ledger:
    """Used on the event loop's thread."""

    rules: list[Rule] = field(default_factory=list)
    count: int = 0
    log: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))

    def restart(self, rules: list[Rule]) -> None:
        """New rules, which have seen nothing."""
        self.rules, self.count = rules, 0
        self.log.clear()

    def admit(self, service: Service, method: str, path: str) -> tuple[Entry, Rule | None]:
        """A request has come: its entry, and the rule that it meets."""
        rule = meet(self.rules, service, method, path)
        self.count += 1
        entry = Entry(self.count, service, method, path, None if rule is None else rule.kind)
        self.log.append(entry)
        return entry, rule

    def document(self) -> dict[str, Any]:
        return {
            "rules": [rule.document() for rule in self.rules],
            "count": self.count,
            "requests": [entry.document() for entry in self.log],
        }
