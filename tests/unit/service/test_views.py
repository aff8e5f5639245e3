from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from batchspec.ports import AddResult, Fault
from batchspec.service import views

STAMPS = {
    "2026-11-22T15:06:46.0724241Z": datetime(2026, 11, 22, 15, 6, 46, 72424, tzinfo=timezone.utc),
    "2026-11-22T15:06:46Z": datetime(2026, 11, 22, 15, 6, 46, tzinfo=timezone.utc),
    "2026-11-22T15:06:46.5Z": datetime(2026, 11, 22, 15, 6, 46, 500000, tzinfo=timezone.utc),
}


@pytest.mark.parametrize(("text", "expected"), STAMPS.items())
def test_time_stamps_have_any_number_of_decimals(text: str, expected: datetime) -> None:
    assert views.moment(text) == expected


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001  # made aware below
def test_a_filter_writes_the_moment_that_was_read(when: datetime, hours: int) -> None:
    aware = when.replace(tzinfo=timezone(timedelta(hours=hours)))

    text = views.stamp(aware).removeprefix("DateTime'").removesuffix("'")

    assert views.moment(text) == aware


def test_a_failed_task() -> None:
    view = views.task(
        {
            "id": "a",
            "state": "completed",
            "stateTransitionTime": "2026-01-01T00:00:09.0Z",
            "executionInfo": {
                "startTime": "2026-01-01T00:00:01.0Z",
                "endTime": "2026-01-01T00:00:09.0Z",
                "exitCode": 3,
                "result": "Failure",
                "retryCount": 2,
                "failureInfo": {
                    "category": "usererror",
                    "code": "FailureExitCode",
                    "message": "no",
                    "details": [{"name": "x", "value": "y"}],
                },
            },
            "nodeInfo": {"nodeId": "n", "poolId": "p"},
        }
    )

    assert (view.succeeded, view.exit_code, view.retries, view.node_id) == (False, 3, 2, "n")
    assert view.fault == Fault("FailureExitCode", "no", {"x": "y"})


def test_a_task_that_runs_has_no_result_even_if_its_last_try_had() -> None:
    view = views.task(
        {
            "id": "a",
            "state": "running",
            "stateTransitionTime": "2026-01-01T00:00:09Z",
            "executionInfo": {"result": "failure", "retryCount": 1},
        }
    )

    assert view.succeeded is None


def test_a_task_that_is_back_in_the_queue_is_on_no_node() -> None:
    view = views.task({"id": "a", "state": "active", "nodeInfo": {"nodeId": "n", "poolId": "p"}})

    assert (view.node_id, view.pool_id) == (None, None)


def test_the_answer_for_a_task_that_was_refused() -> None:
    found = {
        "taskId": "a",
        "status": "ClientError",
        "error": {
            "code": "TaskExists",
            "message": {"value": "It exists.\nRequestId:1"},
            "values": [{"key": "k", "value": "v"}],
        },
    }

    assert views.added(found) == AddResult("a", "clienterror", Fault("TaskExists", "It exists.", {"k": "v"}))
