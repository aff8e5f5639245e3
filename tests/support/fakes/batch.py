"""The Batch service in memory."""

from __future__ import annotations

from tests.support.fakes.files import Files
from tests.support.fakes.jobs import Jobs
from tests.support.fakes.pools import Pools
from tests.support.fakes.schedules import Schedules
from tests.support.fakes.tasks import Tasks


class FakeBatch(Pools, Jobs, Schedules, Tasks, Files):
    """A BatchPort in memory. nodes: how many a pool gets, and the state that they reach."""
