"""The few Protocols between the engine and the world, and the plain values that cross them.

Adapters (`batchspec.service`) and the tests' fakes implement them. Every method may raise `ServiceError`;
none retries: the one retry policy is `batchspec.run.retry`.
"""

from batchspec.ports.batch import PIECE, BatchPort, Body
from batchspec.ports.blob import BlobPort
from batchspec.ports.clock import Clock
from batchspec.ports.values import (
    ASKED,
    CONTAINER_KEY,
    DRAINED_KEY,
    FINGERPRINT_KEY,
    MARKS,
    NOTED,
    OWNER_KEY,
    REMOVED_KEY,
    RUN_KEY,
    SECRETS_KEY,
    STAYS_KEY,
    TASKS_KEY,
    VERSION_KEY,
    AddResult,
    BlobView,
    Counts,
    Fault,
    JobView,
    NodeView,
    PoolView,
    PrepView,
    ScheduleView,
    TaskView,
)

__all__ = [
    "ASKED",
    "CONTAINER_KEY",
    "DRAINED_KEY",
    "FINGERPRINT_KEY",
    "MARKS",
    "NOTED",
    "OWNER_KEY",
    "PIECE",
    "REMOVED_KEY",
    "RUN_KEY",
    "SECRETS_KEY",
    "STAYS_KEY",
    "TASKS_KEY",
    "VERSION_KEY",
    "AddResult",
    "BatchPort",
    "BlobPort",
    "BlobView",
    "Body",
    "Clock",
    "Counts",
    "Fault",
    "JobView",
    "NodeView",
    "PoolView",
    "PrepView",
    "ScheduleView",
    "TaskView",
]
