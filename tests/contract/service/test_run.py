"""Runs through the adapters against the local service: real processes, real files."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import (
    AutoUserSpecification,
    ImageReference,
    JobAddParameter,
    JobConstraints,
    JobPreparationTask,
    MetadataItem,
    OutputFile,
    OutputFileBlobContainerDestination,
    OutputFileDestination,
    OutputFileUploadOptions,
    PoolAddParameter,
    PoolInformation,
    PoolResizeParameter,
    ResourceFile,
    StartTask,
    TaskAddParameter,
    TaskConstraints,
    TaskDependencies,
    UserIdentity,
    VirtualMachineConfiguration,
)

from batchspec.compiler.program import Download, Made, Program
from batchspec.errors import ExitCode, LocalFailure, NotFound, Unauthorized, Unreachable
from batchspec.ports import FINGERPRINT_KEY, OWNER_KEY
from batchspec.run import Options, Report, Verdict, apply, destroy, logs, status
from batchspec.run.events import Event, Finished, JobReady, Kept, Output, PoolReady, Removed, TaskMoved, TaskRetried
from batchspec.service import local
from batchspec.service.account import Account, resolve
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from batchspec.service.clock import SystemClock
from tests.support.emulator import processes_of
from tests.support.programs import input_of, job_of, origin

CLOCK = SystemClock()


def shell(task_id: str, script: str, **members: Any) -> TaskAddParameter:
    return TaskAddParameter(id=task_id, command_line=f"/bin/bash -c '{script}'", **members)


def made(name: str, tasks: Sequence[TaskAddParameter], **members: Any) -> Program:
    """A program of one node with two slots."""
    marks = [MetadataItem(name=OWNER_KEY, value=name), MetadataItem(name=FINGERPRINT_KEY, value="1")]
    pool = PoolAddParameter(
        id=name,
        vm_size="standard_d2s_v5",
        virtual_machine_configuration=VirtualMachineConfiguration(
            image_reference=ImageReference(
                publisher="canonical", offer="ubuntu-24_04-lts", sku="server", version="latest"
            ),
            node_agent_sku_id="batch.node.ubuntu 24.04",
        ),
        target_dedicated_nodes=1,
        task_slots_per_node=2,
        start_task=members.get("start_task"),
        metadata=marks,
    )
    job = JobAddParameter(
        id=f"{name}-job",
        pool_info=PoolInformation(pool_id=name),
        job_preparation_task=members.get("preparation"),
        uses_task_dependencies=True,
        on_all_tasks_complete="terminatejob",
        metadata=marks,
    )
    return Program(
        name=name,
        api_version="2025-06-01",
        container=name,
        pool=Made(pool, origin(2, "/pool")),
        job=Made(job, origin(3, "/job")),
        schedule=None,
        tasks=[Made(task, origin(10 + at, f"/tasks/{at}")) for at, task in enumerate(tasks)],
        uploads=members.get("uploads", ()),
        downloads=members.get("downloads", ()),
        secrets=frozenset(),
    )


def run(program: Program, batch: AzureBatch, blobs: AzureBlob, results: Path) -> tuple[list[Event], Report]:
    events = list(apply(program, batch, blobs, CLOCK, Options(results=results, timeout=45.0)))
    last = events[-1]
    assert isinstance(last, Finished)
    return events, last.report


def codes(report: Report) -> list[str]:
    return [found.code for found in report.diagnostics]


def test_inputs_go_up_output_is_followed_and_results_come_home(
    batch: AzureBatch, blobs: AzureBlob, source: Path, tmp_path: Path
) -> None:
    expiry = CLOCK.now() + timedelta(hours=1)
    blobs.ensure_container("whole")
    container_url = blobs.signed_url("whole", None, "rwcl", expiry)
    destination = OutputFileDestination(
        container=OutputFileBlobContainerDestination(
            container_url=container_url, path="outputs/whole-job/first/out.txt"
        )
    )
    upload = input_of(source)
    first = shell(
        "first",
        "cat in.txt; echo warn >&2; echo result > out.txt",
        resource_files=[ResourceFile(http_url=blobs.signed_url("whole", upload.blob, "r", expiry), file_path="in.txt")],
        output_files=[
            OutputFile(
                file_pattern="out.txt",
                destination=destination,
                upload_options=OutputFileUploadOptions(upload_condition="tasksuccess"),
            )
        ],
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


def test_a_start_task_that_fails_ends_the_watch_with_its_last_lines(
    batch: AzureBatch, blobs: AzureBlob, tmp_path: Path
) -> None:
    start = StartTask(
        command_line="/bin/bash -c 'echo no such package >&2; exit 7'", wait_for_success=True, max_task_retry_count=0
    )

    _, report = run(made("start", [shell("a", "true")], start_task=start), batch, blobs, tmp_path)

    assert report.verdict is Verdict.BLOCKED
    assert set(codes(report)) == {"BS803"}
    assert report.findings[0].excerpt == "no such package"
    assert "exit code 7" in report.diagnostics[0].message


def test_a_job_preparation_that_fails_ends_the_watch_with_its_last_lines(
    batch: AzureBatch, blobs: AzureBlob, tmp_path: Path
) -> None:
    preparation = JobPreparationTask(command_line="/bin/bash -c 'echo no venv >&2; exit 1'", wait_for_success=True)

    _, report = run(made("prepare", [shell("a", "true")], preparation=preparation), batch, blobs, tmp_path)

    assert report.verdict is Verdict.BLOCKED
    assert set(codes(report)) == {"BS806"}
    assert report.findings[0].excerpt == "no venv"


def test_an_elevated_start_task_is_refused_with_the_lines_to_add(
    batch: AzureBatch, blobs: AzureBlob, tmp_path: Path
) -> None:
    admin = UserIdentity(auto_user=AutoUserSpecification(scope="pool", elevation_level="admin"))
    start = StartTask(command_line="/bin/true", user_identity=admin)

    _, report = run(made("admin", [shell("a", "true")], start_task=start), batch, blobs, tmp_path)

    assert report.verdict is Verdict.REFUSED
    assert codes(report) == ["BS701"]
    assert "targets: {local: {pool: {start_task: null}}}" in str(report.diagnostics[0].hint)
    assert report.diagnostics[0].pointer == "/pool"


def test_a_task_that_the_service_refuses_is_told_at_its_place(
    batch: AzureBatch, blobs: AzureBlob, tmp_path: Path
) -> None:
    tasks = [shell("good", "true"), shell("bad id!", "true")]

    _, report = run(made("refused", tasks), batch, blobs, tmp_path)

    assert report.verdict is Verdict.REFUSED
    assert codes(report)[0] in ("BS701", "BS702")


def test_more_tasks_than_a_request_and_a_page_take(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    tasks = [TaskAddParameter(id=f"t{number}", command_line="/bin/true") for number in range(1100)]

    _, report = run(made("many", tasks), batch, blobs, tmp_path)

    assert report.verdict is Verdict.SUCCEEDED
    assert report.counts.succeeded == len(report.tasks) == 1100
    assert len(list(batch.list_tasks("many-job"))) == 1100


def while_it_runs(
    program: Program, batch: AzureBatch, blobs: AzureBlob, results: Path, happens: Callable[[], object]
) -> Report:
    """The report of an apply in which something happens once a task runs."""
    happened = False
    for event in apply(program, batch, blobs, CLOCK, Options(results=results, timeout=45.0)):
        if not happened and isinstance(event, TaskMoved) and event.task.state == "running":
            happened = True
            happens()
        if isinstance(event, Finished):
            return event.report
    raise AssertionError("an apply without an end")


@pytest.fixture
def sdk(account: Account) -> Iterator[BatchServiceClient]:
    with BatchServiceClient(SharedKeyCredentials(account.name, account.batch_key), account.batch_url) as client:
        yield client


def test_a_pool_that_is_deleted_while_a_task_runs_ends_the_watch(
    batch: AzureBatch, blobs: AzureBlob, tmp_path: Path
) -> None:
    program = made("deleted", [shell("a", "sleep 1000")])

    report = while_it_runs(program, batch, blobs, tmp_path, lambda: batch.delete_pool("deleted"))

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS810"]


def test_a_task_that_is_tried_again_is_told(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    once = f"test -e {tmp_path}/mark || {{ touch {tmp_path}/mark; exit 7; }}"
    constraints = TaskConstraints(max_task_retry_count=1)

    events, report = run(made("retried", [shell("a", once, constraints=constraints)]), batch, blobs, tmp_path / "out")

    assert report.verdict is Verdict.SUCCEEDED
    assert [(event.task.id, event.task.retries) for event in events if isinstance(event, TaskRetried)] == [("a", 1)]


def test_a_job_that_runs_into_its_own_limit_names_it(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    program = made("limited", [shell("a", "sleep 1000")])
    job_of(program).constraints = JobConstraints(max_wall_clock_time=timedelta(seconds=2))

    _, report = run(program, batch, blobs, tmp_path)

    messages = {found.code: found.message for found in report.diagnostics}
    assert report.verdict is Verdict.FAILED
    assert messages["BS807"] == 'job "limited-job" was ended at its limit of 2s'
    if "BS801" in messages:  # not when the limit comes before the task runs
        assert messages["BS801"] == 'task "a" was ended with the job'


def test_a_job_that_is_destroyed_while_it_is_watched_is_a_finding(
    batch: AzureBatch, blobs: AzureBlob, tmp_path: Path
) -> None:
    program = made("watched", [shell("a", "sleep 1000")])

    report = while_it_runs(program, batch, blobs, tmp_path, lambda: list(destroy(program, batch, blobs, CLOCK)))

    assert report.exit_code is ExitCode.TASKS_FAILED
    assert 'job "watched-job" was deleted while it was watched' in [found.message for found in report.diagnostics]


def test_a_pool_that_is_resized_to_no_nodes_while_a_task_runs_ends_the_watch(
    batch: AzureBatch, blobs: AzureBlob, sdk: BatchServiceClient, tmp_path: Path
) -> None:
    program = made("emptied", [shell("a", "sleep 1000")])
    none = PoolResizeParameter(target_dedicated_nodes=0, target_low_priority_nodes=0)

    report = while_it_runs(program, batch, blobs, tmp_path, lambda: sdk.pool.resize("emptied", none))

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS805"]


def test_a_task_whose_node_reboots_runs_again(
    batch: AzureBatch, blobs: AzureBlob, sdk: BatchServiceClient, tmp_path: Path
) -> None:
    once = f"echo hello; test -e {tmp_path}/mark || {{ touch {tmp_path}/mark; sleep 1000; }}"
    program = made("rebooted", [shell("a", once)])

    def reboot() -> None:
        until = time.monotonic() + 20
        while not (tmp_path / "mark").exists() and time.monotonic() < until:
            time.sleep(0.01)
        (node,) = batch.list_nodes("rebooted")
        sdk.compute_node.reboot("rebooted", node.id)

    report = while_it_runs(program, batch, blobs, tmp_path / "out", reboot)

    assert report.verdict is Verdict.SUCCEEDED
    assert [row.exit_code for row in report.tasks] == [0]


def test_logs_of_a_task_that_never_stops_printing_end(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    program = made("endless", [shell("a", "exec yes")])
    seen: list[int] = []

    def look() -> None:
        while not seen:  # it may run, and have printed nothing yet
            seen.extend(len(event.text) for event in logs(program, batch, blobs, CLOCK) if isinstance(event, Output))
        batch.terminate_job("endless-job", "seen")

    while_it_runs(program, batch, blobs, tmp_path, look)

    assert seen


def test_destroy_leaves_nothing_of_ours(batch: AzureBatch, blobs: AzureBlob, tmp_path: Path) -> None:
    program = made("destroyed", [shell("a", "true")])
    run(program, batch, blobs, tmp_path)

    list(destroy(program, batch, blobs, CLOCK))

    with pytest.raises(NotFound):
        batch.get_job("destroyed-job")
    with pytest.raises(NotFound):
        batch.get_pool("destroyed")


def test_destroy_keeps_a_pool_that_another_job_uses_until_that_has_ended(
    batch: AzureBatch, blobs: AzureBlob, tmp_path: Path
) -> None:
    program = made("shared", [shell("a", "true")])
    run(program, batch, blobs, tmp_path)
    other = dataclasses.replace(program, job=made("shared", []).job)
    job_of(other).id = "shared-other"
    job_of(other).on_all_tasks_complete = "noaction"
    batch.add_job(job_of(other))

    kept = list(destroy(program, batch, blobs, CLOCK))
    removed = list(destroy(other, batch, blobs, CLOCK))

    assert Kept("pool", "shared", 'job "shared-other" still uses it') in kept
    assert Removed("pool", "shared") in removed


def test_a_wrong_key_is_unauthorized_with_a_hint(account: Account) -> None:
    wrong = dataclasses.replace(account, batch_key="AAAA")

    with closing(AzureBatch(wrong)) as batch, pytest.raises(Unauthorized) as caught:
        batch.get_pool("p")

    assert "clock" in str(caught.value.hint)


def test_a_service_that_is_not_there_is_unreachable(account: Account) -> None:
    nowhere = dataclasses.replace(account, batch_url="http://127.0.0.1:1")

    with closing(AzureBatch(nowhere)) as batch, pytest.raises(Unreachable):
        batch.get_pool("p")


def test_the_local_target_is_started_once_and_found_again(tmp_path: Path) -> None:
    root = tmp_path / ".batchspec" / "local"
    try:
        first = resolve(None, {}, tmp_path)
        second = resolve("local", {}, tmp_path)
        with closing(AzureBatch(second)) as batch, pytest.raises(NotFound):
            batch.get_pool("p")
    finally:
        stop = [sys.executable, "-m", "batchspec.emulator", "stop", "--root", str(root)]
        subprocess.run(stop, check=True, capture_output=True)

    assert first == second
    assert local.running(root) is None


def test_a_local_service_that_is_killed_while_it_is_watched_is_told_with_the_way_back(tmp_path: Path) -> None:
    root = tmp_path / ".batchspec" / "local"
    account = resolve("local", {}, tmp_path)
    program = made("orphan", [shell("a", "sleep 1000")])

    def kill() -> None:
        os.kill(json.loads((root / "endpoint.json").read_bytes())["pid"], signal.SIGKILL)

    try:
        with closing(AzureBatch(account)) as batch, closing(AzureBlob(account)) as blobs:
            with pytest.raises(LocalFailure) as caught:
                while_it_runs(program, batch, blobs, tmp_path, kill)
            with pytest.raises(LocalFailure) as stored:
                list(blobs.list_blobs("x", ""))
        again = resolve("local", {}, tmp_path)
        with closing(AzureBatch(again)) as batch:
            found = status(program, batch, CLOCK)
    finally:
        stop = [sys.executable, "-m", "batchspec.emulator", "stop", "--root", str(root)]
        subprocess.run(stop, check=True, capture_output=True)

    assert f"{root} was killed" in caught.value.message
    assert "same command again" in str(caught.value.hint)
    assert stored.value.message == caught.value.message
    assert found.counts.total == 1


def test_commands_that_find_nothing_leave_a_service_that_stops_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "IDLE", 0.2)
    root = tmp_path / ".batchspec" / "local"
    account = resolve("local", {}, tmp_path)
    program = made("nothing", [shell("a", "true")])

    with closing(AzureBatch(account)) as batch, closing(AzureBlob(account)) as blobs:
        found = status(program, batch, CLOCK)
        events = list(destroy(program, batch, blobs, CLOCK))

    assert (found.pool, found.job) == (None, None)
    assert events == [Removed("job", "nothing-job", 0), Removed("pool", "nothing", 0)]
    until = time.monotonic() + 30
    while processes_of(root) and time.monotonic() < until:
        time.sleep(0.02)
    assert processes_of(root) == []


def test_two_commands_that_start_the_local_target_at_once_share_it(tmp_path: Path) -> None:
    root = tmp_path / ".batchspec" / "local"
    ask = (
        "import pathlib, sys; from batchspec.service.account import resolve;"
        "print(resolve(None, {}, pathlib.Path(sys.argv[1])).batch_url)"
    )
    command = [sys.executable, "-c", ask, str(tmp_path)]
    try:
        asked = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        answers = {process.communicate()[0].strip() for process in asked}
    finally:
        stop = [sys.executable, "-m", "batchspec.emulator", "stop", "--root", str(root)]
        subprocess.run(stop, check=True, capture_output=True)

    assert len(answers) == 1
    assert answers.pop().startswith("http://127.0.0.1:")
