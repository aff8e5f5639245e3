from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from batchspec.emulator.engine import records, states

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES: dict[str, tuple[Mapping[tuple[Any, str], Any], Any, str, set[str]]] = {
    "task": (states.TASK, records.TaskState, "active", set()),
    "job": (states.JOB, records.JobState, "active", {"deleting"}),
    "node": (states.NODE, records.NodeState, "creating", {"leavingpool"}),
    "schedule": (states.SCHEDULE, records.ScheduleState, "active", {"deleting"}),
    "allocation": (states.ALLOCATION, records.AllocationState, "steady", set()),
}


@pytest.mark.parametrize(("table", "words", "first", "last"), TABLES.values(), ids=TABLES.keys())
def test_every_state_of_a_table_can_be_reached_and_only_the_last_cannot_be_left(
    table: Mapping[tuple[Any, str], Any], words: Any, first: str, last: set[str]
) -> None:
    states_ = set(get_args(words))

    assert {first} | set(table.values()) == states_
    assert states_ - {state for state, _ in table} == last
