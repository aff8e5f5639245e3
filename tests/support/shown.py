"""What the service tells of what it was given: with its own defaults, which are the emulator's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from batchspec.emulator.batch.documents import defaults
from batchspec.ports import JobView, PoolView, ScheduleView
from tests.support.fakes import FakeBatch, FakeBlob

Body = dict[str, Any]
STATE = {"url": "https://x/y", "eTag": "0x1", "state": "active", "creationTime": "2026-01-01T00:00:00Z"}


def shown(kind: str, asked: Body, retries: int = 0) -> Body:
    """What the service tells of a request body: with its own defaults, and its state."""
    if kind == "pool":
        return {**defaults.pool(asked), **STATE, "currentDedicatedNodes": 1}
    if kind == "job":
        return {**defaults.job(asked), **STATE, "executionInfo": {"poolId": "p"}}
    limits = defaults.task_constraints(asked.get("constraints"), retries)
    user = defaults.user_identity(asked.get("userIdentity"))
    return {"requiredSlots": 1, **asked, "constraints": limits, "userIdentity": user, **STATE}


class TellingBatch(FakeBatch):
    """A service in memory that tells all that it has filled in."""

    def get_pool(self, pool_id: str) -> PoolView:
        view = super().get_pool(pool_id)
        return replace(view, body=shown("pool", dict(view.body)))

    def get_job(self, job_id: str) -> JobView:
        view = super().get_job(job_id)
        return replace(view, body=shown("job", dict(view.body)))

    def get_schedule(self, schedule_id: str) -> ScheduleView:
        view = super().get_schedule(schedule_id)
        return replace(view, body={**view.body, **STATE})

    def task_bodies(self, job_id: str) -> Iterator[Mapping[str, Any]]:
        limits = self.get_job(job_id).body["constraints"]
        return iter([shown("task", dict(body), limits["maxTaskRetryCount"]) for body in super().task_bodies(job_id)])


class SigningBlob(FakeBlob):
    """Storage whose links look like Azure's."""

    url = "https://account.blob.core.windows.net"

    def signed_url(self, container: str, blob: str | None, permissions: str, expiry: datetime) -> str:
        place = f"{self.url}/{container}" + (f"/{blob}" if blob is not None else "")
        return f"{place}?se={expiry:%Y-%m-%dT%H%%3A%M%%3A%SZ}&sp={permissions}&sr=c&sig=c2lnbmVk"
