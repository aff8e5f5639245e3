"""Where documents get what records do not hold: URLs, the caller's API version, the engine."""

from __future__ import annotations

from dataclasses import dataclass

from batchspec.emulator.batch.documents.members import segment
from batchspec.emulator.engine.engine import Engine


@dataclass(frozen=True)
class View:
    """What one request sees."""

    engine: Engine
    base: str
    version: str

    def pool_url(self, pool_id: str) -> str:
        """The absolute URL of a pool."""
        return f"{self.base}/pools/{segment(pool_id)}"

    def node_url(self, pool_id: str, node_id: str) -> str:
        """The absolute URL of a node."""
        return f"{self.pool_url(pool_id)}/nodes/{segment(node_id)}"

    def schedule_url(self, schedule_id: str) -> str:
        """The absolute URL of a job schedule."""
        return f"{self.base}/jobschedules/{segment(schedule_id)}"

    def job_url(self, job_id: str) -> str:
        """The absolute URL of a job."""
        return f"{self.base}/jobs/{segment(job_id)}"

    def task_url(self, job_id: str, task_id: str) -> str:
        """The absolute URL of a task."""
        return f"{self.job_url(job_id)}/tasks/{segment(task_id)}"
