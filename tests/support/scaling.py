"""The size that a pool's autoscale formula gives, with samples of the tasks in a service in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from batchspec.autoscale import Sample, World, evaluate

SAMPLED = 30.0  # seconds between two samples, as on the service
EVALUATED = 300.0


@dataclass
class Scaling:
    """One pool's samples, and when its formula is evaluated next. Times in seconds of the clock."""

    samples: list[Sample] = field(default_factory=list)
    sampled_at: float = 0.0
    due_at: float = 0.0

    def sample(self, time: float, now: datetime, pending: int) -> None:
        """Take a sample when it is time."""
        if time >= self.sampled_at:
            self.samples.append(Sample(now, float(pending)))
            self.sampled_at = time + SAMPLED

    def size(self, time: float, now: datetime, body: Mapping[str, Any], targets: tuple[int, int]) -> tuple[int, int]:
        """The targets that the formula gives now; those that there are when it cannot."""
        self.due_at = time + EVALUATED
        world = World(now, {"$PendingTasks": self.samples}, target_dedicated=targets[0], target_low_priority=targets[1])
        result = evaluate(str(body["autoScaleFormula"]), world)
        return result.dedicated, result.low_priority
