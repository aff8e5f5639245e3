"""What tasks print comes to storage in two ways, at once or over HTTP, and one cannot tell which it was."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from azure.batch.models import CloudTask
from azure.storage.blob import ContainerClient, generate_container_sas

from tests.contract.batch.support import task_spec
from tests.contract.lifecycle.support import prepare
from tests.support.emulator import Emulator, running_emulator
from tests.support.outputs import output_file
from tests.support.waiting import until

WAYS = {"at once": False, "over HTTP": True}  # with a control plane nothing goes past the requests that it counts


def prepared(emulator: Emulator) -> ContainerClient:
    """A pool, a job, and a container."""
    with emulator.batch() as batch:
        prepare(batch)
    return emulator.blobs().create_container("logs")


def ran(emulator: Emulator, task_id: str, command: str, container: str = "logs", **sas: Any) -> CloudTask:
    """The completed task; what it printed is sent with a SAS that may add, unless told otherwise."""
    given = {"permission": "racw", "expiry": datetime.now(timezone.utc) + timedelta(hours=1), **sas}
    token = generate_container_sas(emulator.account, container, account_key=emulator.key, **given)
    file = output_file("../std*.txt", f"{emulator.storage_url}/{container}?{token}", f"of/{task_id}")
    with emulator.batch() as batch:
        batch.task.add("j", task_spec(task_id, command, output_files=[file]))
        until(lambda: batch.task.get("j", task_id).state == "completed")
        task = batch.task.get("j", task_id)
    assert isinstance(task, CloudTask)
    return task


def shown(emulator: Emulator, container: ContainerClient, task_id: str) -> dict[str, Any]:
    """All that does not differ from one blob or run to the next."""
    found: dict[str, Any] = {}
    for name in ("stdout.txt", "stderr.txt"):
        blob = container.get_blob_client(f"of/{task_id}/{name}")
        about = blob.get_blob_properties()
        settings = {key: value for key, value in vars(about.content_settings).items() if key != "content_md5"}
        md5 = bytes(about.content_settings.content_md5 or b"").hex()
        found[name] = (blob.download_blob().readall(), about.size, about.blob_type, md5, settings, about.metadata)
    with emulator.batch() as batch:
        log = b"".join(batch.file.get_from_task("j", task_id, "fileuploadout.txt")).decode()
    return {**found, "log": log.replace(emulator.url, "").replace(str(emulator.root), "").splitlines()[0]}


def test_both_ways_make_the_same_blobs(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    for control in WAYS.values():
        with running_emulator(tmp_path / str(control), control=control) as emulator:
            with prepared(emulator) as container:
                task = ran(emulator, "t", "sh -c 'echo hello'")
                assert task.execution_info.result == "success"
                seen.append(shown(emulator, container, "t"))
            if control:
                puts = [entry["path"] for entry in emulator.control.requests() if entry["method"] == "PUT"]
                assert [path.rpartition("/")[2] for path in puts] == ["logs", "stderr.txt", "stdout.txt"]

    assert seen[0] == seen[1]
    assert [seen[0][name][0] for name in ("stdout.txt", "stderr.txt")] == [b"hello\n", b""]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"expiry": datetime(2020, 1, 1, tzinfo=timezone.utc)}, "FileUploadAccessDenied"),
    "for reading only": ({"permission": "r"}, "FileUploadAccessDenied"),
    "of no container": ({"container": "missing"}, "FileUploadContainerNotFound"),
    "from another address": ({"ip": "10.1.2.3"}, "FileUploadAccessDenied"),
}


@pytest.mark.parametrize("control", WAYS.values(), ids=WAYS.keys())
def test_what_is_refused_fails_the_task_either_way(tmp_path: Path, control: bool) -> None:
    with running_emulator(tmp_path / "emulator", control=control) as emulator, prepared(emulator) as container:
        for place, (sas, code) in enumerate(REFUSED.values()):
            task = ran(emulator, f"t{place}", "true", **sas)

            assert (task.execution_info.result, task.execution_info.exit_code) == ("failure", 0)
            failure = task.execution_info.failure_info
            assert failure.code == code
            assert "sig=" not in str([detail.as_dict() for detail in failure.details])
        assert list(container.list_blobs()) == []


def test_what_a_completed_task_has_printed_outlives_a_kill(tmp_path: Path) -> None:
    with running_emulator(tmp_path / "emulator") as emulator:
        prepared(emulator).close()
        ran(emulator, "t", "echo kept")
        emulator.process.kill()
        emulator.process.wait()
    with running_emulator(tmp_path / "emulator") as emulator, emulator.blobs() as blobs:
        read = blobs.get_blob_client("logs", "of/t/stdout.txt").download_blob().readall()
        with emulator.batch() as batch:
            state = batch.task.get("j", "t").state

    assert (read, state) == (b"kept\n", "completed")
