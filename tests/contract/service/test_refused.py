"""What the service refuses is told with the way on, and so is a service that is not there."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import pytest
from azure.batch.models import AutoUserSpecification, StartTask, UserIdentity

from batchspec.errors import Unauthorized, Unreachable
from batchspec.run import Verdict
from batchspec.service.account import Account
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from tests.contract.service.support import made, run, shell
from tests.support.world import codes


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
    assert [(found.code, found.pointer) for found in report.diagnostics] == [("BS702", "/tasks/1")]


def test_a_wrong_key_is_unauthorized_with_a_hint(account: Account) -> None:
    wrong = dataclasses.replace(account, batch_key="AAAA")

    with closing(AzureBatch(wrong)) as batch, pytest.raises(Unauthorized) as caught:
        batch.get_pool("p")

    assert "clock" in str(caught.value.hint)


def test_a_service_that_is_not_there_is_unreachable(account: Account) -> None:
    nowhere = dataclasses.replace(account, batch_url="http://127.0.0.1:1")

    with closing(AzureBatch(nowhere)) as batch, pytest.raises(Unreachable):
        batch.get_pool("p")
