"""File_*: through the vendor's client, below a task's directory and below a node's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import Target, Wire, code_of, connect, headers, job_spec, script, task_spec, unique
from tests.support.waiting import until

LARGE = 3_000_000


@pytest.fixture(scope="module")
def job(target: Target, pool_id: str) -> Iterator[str]:
    """A job whose task has left some files behind."""
    client = connect(target)
    name = unique("job")
    client.job.add(job_spec(name, pool_id))
    text = 'printf 0123456789; mkdir -p d/e; echo x > "d/e/a b.txt"; ln -s /etc/hostname leak'
    text += f"; head -c {LARGE} /dev/zero > large"
    client.task.add(name, task_spec("t", script(text)))
    until(lambda: client.task.get(name, "t").state == "completed")
    assert client.task.get(name, "t").execution_info.exit_code == 0
    yield name
    client.close()


def test_a_file_comes_whole(client: BatchServiceClient, job: str) -> None:
    assert b"".join(client.file.get_from_task(job, "t", "stdout.txt")) == b"0123456789"
    assert b"".join(client.file.get_from_task(job, "t", "wd/d/e/a b.txt")) == b"x\n"
    assert sum(map(len, client.file.get_from_task(job, "t", "wd/large"))) == LARGE


@pytest.mark.parametrize(
    ("span", "content"), [("bytes=2-4", b"234"), ("bytes=8-", b"89"), ("bytes=8-100", b"89"), ("bytes=0-0", b"0")]
)
def test_a_range_comes_with_200(client: BatchServiceClient, job: str, span: str, content: bytes) -> None:
    options = models.FileGetFromTaskOptions(ocp_range=span)

    assert b"".join(client.file.get_from_task(job, "t", "stdout.txt", options)) == content


def test_a_range_beyond_the_end_is_refused(client: BatchServiceClient, job: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.file.get_from_task(job, "t", "stdout.txt", models.FileGetFromTaskOptions(ocp_range="bytes=10-"))

    assert (code_of(refusal), refusal.value.response.status_code) == ("InvalidRange", 416)


def test_the_properties_are_in_headers(client: BatchServiceClient, job: str) -> None:
    found = headers(client.file.get_properties_from_task(job, "t", "wd/large", raw=True))

    assert found["content-length"] == str(LARGE)
    assert found["ocp-batch-file-isdirectory"] == "False"
    assert found["ocp-batch-file-mode"].startswith("0o100")
    assert found["ocp-batch-file-url"].endswith("%2Fwd%2Flarge")


def test_a_directory_says_that_it_is_one(client: BatchServiceClient, job: str) -> None:
    assert (
        headers(client.file.get_properties_from_task(job, "t", "wd/d", raw=True))["ocp-batch-file-isdirectory"]
        == "True"
    )


def test_files_are_listed_one_level_or_all(client: BatchServiceClient, job: str) -> None:
    top = {file.name: file for file in client.file.list_from_task(job, "t")}
    below = [file.name for file in client.file.list_from_task(job, "t", recursive=True)]

    assert {"stdout.txt", "stderr.txt", "wd"} <= set(top)
    assert (top["wd"].is_directory, top["wd"].properties) == (True, None)
    assert top["stdout.txt"].properties.content_length == 10
    assert {"wd/d", "wd/d/e", "wd/d/e/a b.txt", "wd/large"} <= set(below)
    assert "wd/leak" not in below


def test_a_list_of_files_is_filtered_by_prefix_and_paged(client: BatchServiceClient, job: str) -> None:
    options = models.FileListFromTaskOptions(filter="startswith(name,'wd/d')", max_results=1)

    files = client.file.list_from_task(job, "t", recursive=True, file_list_from_task_options=options)

    assert [file.name for file in files] == ["wd/d", "wd/d/e", "wd/d/e/a b.txt"]


def test_the_url_of_a_listed_file_gives_the_file(client: BatchServiceClient, wire: Wire, job: str) -> None:
    options = models.FileListFromTaskOptions(filter="startswith(name,'wd/d/e/')")
    file = next(iter(client.file.list_from_task(job, "t", recursive=True, file_list_from_task_options=options)))

    assert wire("GET", f"{file.url}?api-version=2024-02-01.19.0").content == b"x\n"


@pytest.mark.parametrize("name", ["wd/leak", "../../../../etc/passwd", "wd/../../../../../etc/passwd", "nothing"])
def test_nothing_outside_the_node_is_found(client: BatchServiceClient, job: str, name: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.file.get_from_task(job, "t", name)

    assert code_of(refusal) == "FileNotFound"


def test_a_file_that_did_not_change_is_not_sent_again(client: BatchServiceClient, wire: Wire, job: str) -> None:
    path = f"/jobs/{job}/tasks/t/files/stdout.txt"
    changed = wire("GET", path).headers["Last-Modified"]
    before = models.FileGetFromTaskOptions(if_unmodified_since=datetime.now(timezone.utc) - timedelta(days=1))

    unchanged = wire("GET", path, headers={"If-Modified-Since": changed})
    with pytest.raises(models.BatchErrorException) as refusal:
        client.file.get_from_task(job, "t", "stdout.txt", before)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert code_of(refusal) == "ConditionNotMet"


def test_a_task_that_never_ran_has_no_files(client: BatchServiceClient) -> None:
    job = unique("job")
    client.job.add(job_spec(job, "no-pool-yet"))
    client.task.add(job, task_spec("t"))

    with pytest.raises(models.BatchErrorException) as refusal:
        list(client.file.list_from_task(job, "t"))

    assert code_of(refusal) == "TaskFilesUnavailable"


def test_the_same_files_are_found_on_the_node(client: BatchServiceClient, job: str, pool_id: str) -> None:
    info = client.task.get(job, "t").node_info
    path = f"{info.task_root_directory}/stdout.txt"

    names = [file.name for file in client.file.list_from_compute_node(pool_id, info.node_id, recursive=True)]

    assert path in names
    assert b"".join(client.file.get_from_compute_node(pool_id, info.node_id, path)) == b"0123456789"
    raw = client.file.get_properties_from_compute_node(pool_id, info.node_id, path, raw=True)
    assert headers(raw)["content-length"] == "10"


def test_files_are_deleted_directories_only_recursively(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, pool_id))
    client.task.add(job, task_spec("t", script("mkdir d; echo x > d/x; echo y > y; echo z > z")))
    info = until(lambda: client.task.get(job, "t").state == "completed" and client.task.get(job, "t").node_info)

    client.file.delete_from_task(job, "t", "wd/y")
    client.file.delete_from_compute_node(pool_id, info.node_id, f"{info.task_root_directory}/wd/z")
    with pytest.raises(models.BatchErrorException):
        client.file.delete_from_task(job, "t", "wd/d")
    client.file.delete_from_task(job, "t", "wd/d", recursive=True)

    left = [file.name for file in client.file.list_from_task(job, "t", recursive=True)]
    assert not {name for name in left if name.startswith("wd/")}
