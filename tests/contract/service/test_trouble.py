"""What happens to pool, nodes and job while an apply watches real processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import JobConstraints, JobPreparationTask, PoolResizeParameter, StartTask

from batchspec.errors import ExitCode
from batchspec.run import Verdict, destroy
from batchspec.service.account import Account
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from tests.contract.service.support import CLOCK, made, run, shell
from tests.support.programs import job_of
from tests.support.waiting import until
from tests.support.world import codes


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


@pytest.fixture
def sdk(account: Account) -> Iterator[BatchServiceClient]:
    with BatchServiceClient(SharedKeyCredentials(account.name, account.batch_key), account.batch_url) as client:
        yield client


def test_a_pool_that_is_deleted_while_a_task_runs_ends_the_watch(
    batch: AzureBatch, blobs: AzureBlob, tmp_path: Path
) -> None:
    program = made("deleted", [shell("a", "sleep 1000")])

    _, report = run(program, batch, blobs, tmp_path, lambda: batch.delete_pool("deleted"))

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS810"]


def test_a_pool_that_is_resized_to_no_nodes_while_a_task_runs_ends_the_watch(
    batch: AzureBatch, blobs: AzureBlob, sdk: BatchServiceClient, tmp_path: Path
) -> None:
    program = made("emptied", [shell("a", "sleep 1000")])
    none = PoolResizeParameter(target_dedicated_nodes=0, target_low_priority_nodes=0)

    _, report = run(program, batch, blobs, tmp_path, lambda: sdk.pool.resize("emptied", none))

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS805"]


def test_a_task_whose_node_reboots_runs_again(
    batch: AzureBatch, blobs: AzureBlob, sdk: BatchServiceClient, tmp_path: Path
) -> None:
    once = f"echo hello; test -e {tmp_path}/mark || {{ touch {tmp_path}/mark; sleep 1000; }}"
    program = made("rebooted", [shell("a", once)])

    def reboot() -> None:
        until((tmp_path / "mark").exists)
        (node,) = batch.list_nodes("rebooted")
        sdk.compute_node.reboot("rebooted", node.id)

    _, report = run(program, batch, blobs, tmp_path / "out", reboot)

    assert report.verdict is Verdict.SUCCEEDED
    assert [row.exit_code for row in report.tasks] == [0]


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

    _, report = run(program, batch, blobs, tmp_path, lambda: list(destroy(program, batch, blobs, CLOCK)))

    assert report.exit_code is ExitCode.TASKS_FAILED
    assert 'job "watched-job" was deleted while it was watched' in [found.message for found in report.diagnostics]
