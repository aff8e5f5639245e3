"""Runs through the adapters against the local service: real processes, real files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from azure.batch.models import ResourceFile, TaskAddParameter, TaskConstraints, TaskDependencies

from batchspec.compiler.program import Download
from batchspec.run import Verdict, logs, status
from batchspec.run.events import JobReady, Output, PoolReady, TaskRetried
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from tests.contract.service.support import CLOCK, made, run, shell
from tests.support.outputs import output_file
from tests.support.programs import input_of
from tests.support.waiting import until
from tests.support.world import codes


def test_inputs_go_up_output_is_followed_and_results_come_home(
    batch: AzureBatch, blobs: AzureBlob, source: Path, tmp_path: Path
) -> None:
    expiry = CLOCK.now() + timedelta(hours=1)
    blobs.ensure_container("whole")
    container_url = blobs.signed_url("whole", None, "rwcl", expiry)
    upload = input_of(source)
    first = shell(
        "first",
        "cat in.txt; echo warn >&2; echo result > out.txt",
        resource_files=[ResourceFile(http_url=blobs.signed_url("whole", upload.blob, "r", expiry), file_path="in.txt")],
        output_files=[output_file("out.txt", container_url, "outputs/whole-job/first/out.txt", "tasksuccess")],
    )
    second = shell("second", "exit 0", depends_on=TaskDependencies(task_ids=["first"]))
    program = made(
        "whole",
        [first, second],
        uploads=(upload,),
        downloads=(Download("first", "outputs/whole-job/first/out.txt", "whole-job/first", exact=True),),
    )

    events, report = run(program, batch, blobs, tmp_path / "results")
    again, same = run(program, batch, blobs, tmp_path / "again")

    assert report.verdict is Verdict.SUCCEEDED
    assert [(row.id, row.exit_code) for row in report.tasks] == [("first", 0), ("second", 0)]
    outputs = {(event.stream, event.text) for event in events if isinstance(event, Output)}
    assert outputs == {("stdout", "some input\n"), ("stderr", "warn\n")}
    assert (tmp_path / "results/whole-job/first/out.txt").read_text() == "result\n"
    assert same.verdict is Verdict.SUCCEEDED
    assert PoolReady("whole", created=True) in events
    assert not [event for event in again if isinstance(event, PoolReady)], "what has run needs no pool"
    assert JobReady("whole-job", "completed") in again
    assert (tmp_path / "again/whole-job/first/out.txt").read_text() == "result\n"


def test_a_failure_names_its_last_lines_and_what_it_blocks(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    waits = TaskDependencies(task_ids=["bad"])
    program = made("fails", [shell("bad", "echo kaboom >&2; exit 3"), shell("next", "true", depends_on=waits)])

    _, report = run(program, batch, blobs, tmp_path)
    found = status(program, batch, CLOCK)
    printed = list(logs(program, batch, blobs, CLOCK, ["bad"]))

    assert report.verdict is Verdict.FAILED
    assert codes(report) == ["BS801", "BS802"]
    assert report.findings[0].excerpt == "kaboom"
    assert found.blocked == 1
    assert printed == [Output("bad", "stderr", "kaboom\n")]


def test_more_tasks_than_a_request_and_a_page_take(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    tasks = [TaskAddParameter(id=f"t{number}", command_line="/bin/true") for number in range(1100)]

    _, report = run(made("many", tasks), batch, blobs, tmp_path)

    assert report.verdict is Verdict.SUCCEEDED
    assert report.counts.succeeded == len(report.tasks) == 1100
    assert len(list(batch.list_tasks("many-job"))) == 1100


def test_a_task_that_is_tried_again_is_told(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    once = f"test -e {tmp_path}/mark || {{ touch {tmp_path}/mark; exit 7; }}"
    constraints = TaskConstraints(max_task_retry_count=1)

    events, report = run(made("retried", [shell("a", once, constraints=constraints)]), batch, blobs, tmp_path / "out")

    assert report.verdict is Verdict.SUCCEEDED
    assert [(event.task.id, event.task.retries) for event in events if isinstance(event, TaskRetried)] == [("a", 1)]


def test_logs_of_a_task_that_never_stops_printing_end(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    program = made("endless", [shell("a", "exec yes")])
    seen: list[Output] = []

    def printed() -> list[Output]:
        return [event for event in logs(program, batch, blobs, CLOCK) if isinstance(event, Output)]

    def look() -> None:
        seen.extend(until(printed))  # it may run, and have printed nothing yet
        batch.terminate_job("endless-job", "seen")

    run(program, batch, blobs, tmp_path, look)

    assert {event.stream for event in seen} == {"stdout"}
