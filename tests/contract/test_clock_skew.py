"""A service whose clock is wrong, as its clients see it: the unmodified SDKs against an emulator."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContainerClient, ContainerSasPermissions, generate_container_sas

from tests.support.emulator import Emulator, running_emulator


def date_of(emulator: Emulator) -> datetime:
    """What the service says the time is."""
    with emulator.batch() as client:
        answer = client.pool.exists("any", raw=True)
        return parsedate_to_datetime(answer.response.headers["Date"])


def listed(emulator: Emulator, expires_in: timedelta) -> list[str]:
    """What a SAS that ends then can list."""
    expiry = datetime.now(timezone.utc) + expires_in
    sas = generate_container_sas(
        emulator.account,
        "stuff",
        account_key=emulator.key,
        permission=ContainerSasPermissions(list=True),
        expiry=expiry,
    )
    with ContainerClient.from_container_url(f"{emulator.storage_url}/stuff?{sas}", retry_total=0) as container:
        return [blob.name for blob in container.list_blobs()]


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_client_that_is_ten_minutes_off_is_served_and_told_the_services_time(tmp_path: Path, minutes: int) -> None:
    with running_emulator(tmp_path / "emulator", clock_skew=minutes * 60.0) as emulator:
        with emulator.batch() as client:
            assert list(client.pool.list()) == []

        off = date_of(emulator) - datetime.now(timezone.utc)
        assert abs(off - timedelta(minutes=minutes)) < timedelta(minutes=1)


@pytest.mark.parametrize("minutes", [16, -16])
def test_a_client_that_is_a_quarter_of_an_hour_off_is_refused(tmp_path: Path, minutes: int) -> None:
    with running_emulator(tmp_path / "emulator", clock_skew=minutes * 60.0) as emulator, emulator.batch() as client:
        client.config.retry_policy.retries = 0
        with pytest.raises(models.BatchErrorException) as refusal:
            list(client.pool.list())
        with emulator.blobs() as blobs, pytest.raises(HttpResponseError) as refused:
            blobs.create_container("stuff")

    assert refusal.value.error.code == "AuthenticationFailed"
    assert refused.value.status_code == 403


def test_a_sas_ends_by_the_clock_of_the_service(tmp_path: Path) -> None:
    with running_emulator(tmp_path / "emulator", clock_skew=600) as emulator:
        with emulator.blobs() as blobs:
            blobs.create_container("stuff").upload_blob("b", b"")

        assert listed(emulator, timedelta(minutes=11)) == ["b"]
        with pytest.raises(HttpResponseError) as refused:
            listed(emulator, timedelta(minutes=9))

    assert refused.value.status_code == 403


def test_a_fast_clock_lets_signatures_and_sas_be(tmp_path: Path) -> None:
    with running_emulator(tmp_path / "emulator", clock_rate=10_000) as emulator:
        with emulator.blobs() as blobs:
            blobs.create_container("stuff").upload_blob("b", b"")
        with emulator.batch() as client:
            pool = models.PoolInformation(pool_id="p")
            client.job.add(models.JobAddParameter(id="first", pool_info=pool))
            first = client.job.get("first").creation_time
            while client.job.get("first").state != "completed":
                client.job.terminate("first")
            client.job.add(models.JobAddParameter(id="second", pool_info=pool))
            ahead = client.job.get("second").creation_time - first

        assert ahead > timedelta(seconds=1)
        assert listed(emulator, timedelta(minutes=9)) == ["b"]
        assert abs(date_of(emulator) - datetime.now(timezone.utc)) < timedelta(minutes=1)
