"""Azure Batch as the engine sees it: one method, one request (lists: one a page), no retries."""

from __future__ import annotations

from batchspec.service.jobs import Jobs
from batchspec.service.nodefiles import Files
from batchspec.service.pools import Pools
from batchspec.service.schedules import Schedules
from batchspec.service.tasks import Tasks


class AzureBatch(Pools, Jobs, Schedules, Tasks, Files):
    """The BatchPort of an account, in one version of the API; close it."""
