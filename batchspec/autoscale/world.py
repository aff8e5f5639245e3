"""What a formula is evaluated over: a pool's numbers and the samples of its metrics at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Sample(NamedTuple):
    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class World:
    """All times are aware. `samples` has the full names of metrics (`$PendingTasks`); one that is missing has none.

    A count without samples of its own (`$CurrentDedicatedNodes`, ...) has one: its number, now. `seed` decides what
    rand() gives.
    """

    now: datetime
    samples: Mapping[str, Sequence[Sample]] = field(default_factory=dict)
    dedicated: int = 0
    low_priority: int = 0
    target_dedicated: int = 0
    target_low_priority: int = 0
    deallocation: str = "requeue"
    task_slots_per_node: int = 1
    preempted: int = 0
    usable: int | None = None
    seed: int = 0

    def count(self, name: str) -> float:
        """The number that a count stands for."""
        usable = self.dedicated + self.low_priority - self.preempted if self.usable is None else self.usable
        return {
            "$CurrentDedicatedNodes": self.dedicated,
            "$CurrentLowPriorityNodes": self.low_priority,
            "$PreemptedNodeCount": self.preempted,
            "$UsableNodeCount": usable,
            "$TaskSlotsPerNode": self.task_slots_per_node,
        }[name]
