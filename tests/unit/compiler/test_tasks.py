"""What tasks wait for, as the service has it, and what becomes of those that they wait for."""

from __future__ import annotations

import pytest
from azure.batch.models import TaskAddParameter

from tests.support.imports import compiled

HEAD = "batchspec: v1\nname: x\njob: {id: j, pool_info: {pool_id: p}}\ntasks:\n"
PARENTS = "  - {id: '${{ matrix.i | string }}', name: all, matrix: {i: {range: %d}}, command: ls}\n"


def tasks(text: str) -> list[TaskAddParameter]:
    return [made.body for made in compiled(HEAD + text).tasks]


def test_a_group_of_too_many_ids_is_a_range_beside_what_was_written() -> None:
    more = "  - {id: b, command: ls, depends_on: [all, c, {start: 90000, end: 90001}]}\n  - {id: c, command: ls}\n"

    waiting = tasks(PARENTS % 20_000 + more)[-2].depends_on

    assert waiting is not None
    assert waiting.task_ids == ["c"]
    assert [(one.start, one.end) for one in waiting.task_id_ranges] == [(90000, 90001), (0, 19_999)]


def test_tasks_that_wait_for_the_same_share_the_list_and_others_do_not() -> None:
    text = "  - {id: 'b-${{ matrix.i }}', matrix: {i: {range: 2}}, command: ls, depends_on: [all]}\n"

    *_, one, other, alone = tasks(PARENTS % 3 + text + "  - {id: c, command: ls, depends_on: [all, b-0]}\n")

    assert one.depends_on.task_ids == ["0", "1", "2"]
    assert one.depends_on.task_ids is other.depends_on.task_ids
    assert alone.depends_on.task_ids == ["0", "1", "2", "b-0"]


@pytest.mark.timeout(30)
def test_ten_thousand_tasks_that_wait_for_twenty_thousand_are_compiled_at_once() -> None:
    text = "  - {id: 'b-${{ matrix.i }}', matrix: {i: {range: 10000}}, command: ls, depends_on: [all]}\n"

    made = tasks(PARENTS % 20_000 + text.replace("]}", "], on_dependency_failure: satisfy}"))

    assert all(task.exit_conditions is not None for task in made[:20_000])
    assert made[-1].exit_conditions is None


REFERENCES = ["a-1", "all", "{start: 7, end: 8}"]


@pytest.mark.parametrize("reference", REFERENCES)
def test_whoever_is_waited_for_willingly_satisfies_however_it_ends(reference: str) -> None:
    parents = "  - {id: a-1, name: all, command: ls}\n" if "7" not in reference else "  - {id: '7', command: ls}\n"
    child = "  - {id: b, command: ls, depends_on: [%s], on_dependency_failure: satisfy}\n"

    parent, waiting = tasks(parents + child % reference)

    for ending in (parent.exit_conditions.default, parent.exit_conditions.pre_processing_error):
        assert ending.dependency_action == "satisfy"
    assert parent.exit_conditions.file_upload_error.dependency_action == "satisfy"
    assert waiting.exit_conditions is None
