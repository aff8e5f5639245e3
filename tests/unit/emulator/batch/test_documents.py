"""The tables of documents against the official document: the same members, nothing of bodies where none is read."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from batchspec.emulator.batch.documents.jobs import JOB, NODE_RUN
from batchspec.emulator.batch.documents.nodes import NODE
from batchspec.emulator.batch.documents.pools import NODE_COUNT_STATES, POOL
from batchspec.emulator.batch.documents.schedules import SCHEDULE
from batchspec.emulator.batch.documents.tasks import MEMBERS as TASK, RECORD
from batchspec.emulator.batch.handlers.tasks import SUBTASK_MEMBERS
from batchspec.emulator.wire.odata import lists
from tests.contract.batch.openapi import document

TABLES: dict[str, Collection[str]] = {
    "CloudPool": POOL,
    "CloudJob": JOB,
    "CloudJobSchedule": SCHEDULE,
    "CloudTask": TASK,
    "ComputeNode": NODE,
    "JobPreparationAndReleaseTaskExecutionInformation": NODE_RUN,
    "SubtaskInformation": SUBTASK_MEMBERS,
    "NodeCounts": (*NODE_COUNT_STATES, "total"),
}
NEW_IN_2025 = {"ipv6Address"}


@pytest.mark.parametrize("name", TABLES)
def test_a_document_has_the_members_that_the_official_one_lists(name: str) -> None:
    assert set(TABLES[name]) - NEW_IN_2025 == set(document()["definitions"][name]["properties"])


FILTERS: dict[str, tuple[lists.Properties, Collection[str]]] = {
    "pools": (lists.POOLS, POOL),
    "jobs": (lists.JOBS, JOB),
    "jobs of a schedule": (lists.JOBS_OF_SCHEDULE, JOB),
    "job schedules": (lists.SCHEDULES, SCHEDULE),
    "nodes": (lists.NODES, NODE),
    "preparation and release": (lists.PREPARATION_AND_RELEASE, NODE_RUN),
    "tasks, without their bodies": (lists.TASKS, RECORD),
}


@pytest.mark.parametrize("name", FILTERS)
def test_what_can_be_filtered_by_is_in_the_document(name: str) -> None:
    properties, members = FILTERS[name]

    assert {path.split("/")[0] for path in properties} <= set(members)
