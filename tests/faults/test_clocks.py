"""A service whose clock is not ours, and links that have ended."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.batch.models import CloudTask

from batchspec.errors import Unauthorized
from batchspec.run import Verdict
from tests.faults.inside import inside
from tests.faults.proxy import Request
from tests.faults.scene import scene

TASKS = ("first", "last", "many-0", "many-1", "many-2", "many-3")


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_clock_that_is_ten_minutes_off_does_no_harm(tmp_path: Path, minutes: int) -> None:
    with scene(tmp_path, skew=minutes * 60.0) as made, made.case() as case, inside(case) as world:
        _, report = world.apply()

        assert report.verdict is Verdict.SUCCEEDED, report
        case.check(*TASKS)


@pytest.mark.parametrize("minutes", [20, -20])
def test_a_clock_that_is_further_off_is_named_with_both_times(tmp_path: Path, minutes: int) -> None:
    with scene(tmp_path, skew=minutes * 60.0) as made, made.case() as case, inside(case) as world:
        with pytest.raises(Unauthorized) as refused:
            world.apply()
        assert "a clock is wrong" in str(refused.value.hint)
        assert "minutes apart" in str(refused.value.hint)


def test_tasks_that_a_killed_apply_did_not_add_have_new_links(tmp_path: Path) -> None:
    with scene(tmp_path) as made, made.case() as case:
        case.given |= {"links": "1h", "gate": str(case.gate)}
        assert case.killed(second_addition)
        case.given["links"] = "2h"

        assert case.apply("--no-wait").code == 0

        ends = Counter(ended(task) for task in made.client.task.list(case.job_id))
        assert list(ends.values()) == [3, 3]
        assert timedelta(minutes=50) < max(ends) - min(ends) < timedelta(minutes=70)


def second_addition(request: Request) -> str | None:
    """Half of the tasks are there."""
    return "kill before" if request.path.endswith("addtaskcollection") and request.occurrence == 2 else None


def ended(task: CloudTask) -> datetime:
    """When the link of a task's output ends."""
    url = task.output_files[0].destination.container.container_url
    return datetime.fromisoformat(parse_qs(urlsplit(url).query)["se"][0].replace("Z", "+00:00"))


def test_a_task_whose_links_have_ended_fails_for_that_and_the_next_run_has_new_ones(tmp_path: Path) -> None:
    with scene(tmp_path, skew=600.0) as made, made.case() as case, inside(case) as world:
        case.given["links"] = "5m"

        _, report = world.apply()

        assert report.verdict is Verdict.FAILED
        assert [one.pointer for one in report.diagnostics if "sas_lifetime" in str(one.hint)] == ["/tasks/0"]
        case.given["links"] = "1h"
        case.run = 2
        _, again = world.apply(rerun=True)
        assert again.verdict is Verdict.SUCCEEDED, again
        case.check(*TASKS)
