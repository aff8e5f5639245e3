"""destroy through the adapters: all that is ours goes, and a pool that another job uses stays."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from batchspec.errors import NotFound
from batchspec.run import destroy
from batchspec.run.events import Kept, Removed
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from tests.contract.service.support import CLOCK, made, run, shell
from tests.support.programs import job_of


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
