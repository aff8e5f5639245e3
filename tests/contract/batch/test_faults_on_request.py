"""Faults on request, seen through the vendor's clients: what they get, and what was done all the same."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from azure.batch import BatchServiceClient, models
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.storage.blob import BlobServiceClient
from hypothesis import given, settings, strategies as st
from msrest.exceptions import ClientRequestError
from requests import exceptions

from tests.contract.batch.support import job_spec, pool_spec, script, task_spec, unique, until
from tests.support.control import Control
from tests.support.emulator import Emulator, running_emulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("controlled") / "emulator", control=True) as running:
        yield running


@pytest.fixture
def control(emulator: Emulator) -> Iterator[Control]:
    emulator.control.clear()
    yield emulator.control
    emulator.control.clear()


@pytest.fixture
def batch(emulator: Emulator) -> Iterator[BatchServiceClient]:
    """The vendor's client without retries, its connections kept alive."""
    with emulator.batch() as client:
        client.config.retry_policy.retries = 0
        yield client


@pytest.fixture
def blobs(emulator: Emulator) -> Iterator[BlobServiceClient]:
    with emulator.blobs() as client:
        yield client


# Whole answers.


@pytest.mark.parametrize(("status", "code"), [(503, "ServerBusy"), (500, "InternalError"), (429, "TooManyRequests")])
def test_a_status_is_the_services_own_error_and_nothing_is_done(
    batch: BatchServiceClient, blobs: BlobServiceClient, control: Control, status: int, code: str
) -> None:
    pool, container = unique("pool"), unique("container")
    control.faults({"method": "POST", "kind": str(status), "retry_after": 7}, {"method": "PUT", "kind": status})

    with pytest.raises(models.BatchErrorException) as of_batch:
        batch.pool.add(pool_spec(pool))
    with pytest.raises(HttpResponseError) as of_blob:
        blobs.create_container(container)

    assert (of_batch.value.response.status_code, of_batch.value.error.code) == (status, code)
    assert of_batch.value.response.headers["Retry-After"] == "7"
    assert (of_blob.value.status_code, of_blob.value.error_code) == (status, code)  # type: ignore[attr-defined]
    control.clear()
    assert not batch.pool.exists(pool)
    assert not blobs.get_container_client(container).exists()


def test_a_status_may_have_another_code_and_message(batch: BatchServiceClient, control: Control) -> None:
    control.faults({"kind": "409", "code": "PoolQuotaReached", "message": "no more pools"})

    with pytest.raises(models.BatchErrorException) as refusal:
        batch.pool.add(pool_spec(unique("pool")))

    assert refusal.value.error.code == "PoolQuotaReached"
    assert refusal.value.error.message.value.startswith("no more pools\n")


def test_a_refused_upload_leaves_its_connection_usable(emulator: Emulator, control: Control) -> None:
    control.faults({"kind": "503", "nth": 1})
    with requests.Session() as session:
        session.trust_env = False
        url = f"{emulator.storage_url}/c/b"

        answers = [session.put(url, data=b"x" * 3_000_000, timeout=30).status_code for _ in range(2)]

    assert answers == [503, 401]  # the second is not signed


# No answer.

BREAKS: dict[str, tuple[str, bool]] = {"reset": ("Connection reset by peer", False), "lost": ("without response", True)}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_connection_breaks_before_or_after_the_work(
    batch: BatchServiceClient, blobs: BlobServiceClient, control: Control, kind: str
) -> None:
    said, done = BREAKS[kind]
    pool, container = unique("pool"), unique("container")
    batch.pool.exists("any")  # both clients now have a connection that they keep
    blobs.get_container_client("any").exists()
    control.faults({"method": "POST", "kind": kind}, {"method": "PUT", "kind": kind})

    with pytest.raises((ClientRequestError, exceptions.ConnectionError), match=said):
        batch.pool.add(pool_spec(pool))
    with pytest.raises((ServiceRequestError, ServiceResponseError), match=said):
        blobs.create_container(container)

    statuses = [(entry["service"], entry["fault"], entry["status"]) for entry in control.requests()]
    made = 201 if done else None
    assert statuses == [("batch", kind, made), ("blob", kind, made)]
    control.clear()
    assert batch.pool.exists(pool) is done
    assert blobs.get_container_client(container).exists() is done


def test_a_request_that_is_not_answered_ends_with_the_clients_patience(emulator: Emulator, control: Control) -> None:
    control.faults({"kind": "timeout"})

    with pytest.raises(exceptions.ReadTimeout):
        requests.get(f"{emulator.url}/pools", timeout=0.2, proxies={"http": ""})

    assert [entry["status"] for entry in control.requests()] == [None]


# Late answers.


def test_a_delayed_request_is_carried_out(batch: BatchServiceClient, control: Control) -> None:
    pool = unique("pool")
    control.faults({"method": "POST", "kind": "delay", "seconds": 0.3})

    answer = batch.pool.add(pool_spec(pool), raw=True)

    assert answer.response.elapsed.total_seconds() >= 0.3
    assert batch.pool.exists(pool)


def test_a_slow_body_is_whole(blobs: BlobServiceClient, control: Control) -> None:
    container = blobs.create_container(unique("container"))
    content = bytes(range(256)) * 100
    container.upload_blob("b", content)
    control.faults({"method": "GET", "kind": "slow", "seconds": 0.1})

    assert container.download_blob("b").readall() == content
    assert control.fired() == [1]


# Which requests.


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 8), st.integers(1, 8))
def test_the_kth_request_fails_and_only_it(emulator: Emulator, k: int, amount: int) -> None:
    control = emulator.control
    control.faults({"service": "batch", "nth": k, "kind": "503"})

    with requests.Session() as session:
        session.trust_env = False
        answers = [session.get(f"{emulator.url}/pools", timeout=30).status_code for _ in range(amount)]

    assert answers == [503 if n == k else 403 for n in range(1, amount + 1)]  # 403: they are not signed
    assert [entry["number"] for entry in control.requests()] == list(range(1, amount + 1))
    assert [entry["status"] for entry in control.requests()] == answers
    assert control.fired() == [int(k <= amount)]
    control.clear()


def test_a_rule_is_for_one_service_one_method_and_paths_that_fit(
    emulator: Emulator, batch: BatchServiceClient, blobs: BlobServiceClient, control: Control
) -> None:
    container = unique("container")
    control.faults({"service": "blob", "path": rf"^/{emulator.account}/{container}$", "method": "PUT", "kind": "503"})

    assert not batch.pool.exists(container)
    assert not blobs.get_container_client(container).exists()
    with pytest.raises(HttpResponseError):
        blobs.create_container(container)

    assert control.fired() == [1]
    seen = [(entry["method"], entry["path"], entry["status"]) for entry in control.requests()]
    assert seen == [
        ("HEAD", f"/pools/{container}", 404),
        ("GET", f"/{emulator.account}/{container}", 404),
        ("PUT", f"/{emulator.account}/{container}", 503),
    ]


def test_no_path_of_the_log_holds_a_query(emulator: Emulator, control: Control) -> None:
    requests.get(f"{emulator.storage_url}/c/b?sig=secret", timeout=30, proxies={"http": ""})

    assert "secret" not in str(control.call("GET", "faults"))


# Nodes.


def grown(client: BatchServiceClient, nodes: int = 1, **changes: Any) -> tuple[str, list[str]]:
    """A pool of its own, with its nodes ready."""
    pool = unique("pool")
    client.pool.add(pool_spec(pool, target_dedicated_nodes=nodes, **changes))
    until(lambda: client.pool.get(pool).allocation_state == "steady")
    until(lambda: all(node.state == "idle" for node in client.compute_node.list(pool)))
    return pool, [node.id for node in client.compute_node.list(pool)]


def sleeping(client: BatchServiceClient, pool: str) -> str:
    """A job with a task that runs on the pool."""
    job = unique("job")
    client.job.add(job_spec(job, pool))
    client.task.add(job, task_spec("t", script("exec sleep 300")))
    until(lambda: client.task.get(job, "t").state == "running")
    return job


@pytest.mark.parametrize(("how", "state"), [("unusable", "unusable"), ("died", "unknown")])
def test_the_tasks_of_a_failed_node_go_to_another(
    batch: BatchServiceClient, control: Control, how: str, state: str
) -> None:
    pool, nodes = grown(batch, 2)
    job = sleeping(batch, pool)
    first = batch.task.get(job, "t").node_info.node_id

    control.fail_node(pool, first, how)
    until(lambda: batch.task.get(job, "t").node_info.node_id not in (None, first))
    until(lambda: batch.task.get(job, "t").state == "running")

    node, info = batch.compute_node.get(pool, first), batch.task.get(job, "t").execution_info
    assert (node.state, len(node.errors), node.running_tasks_count) == (state, 1, 0)
    assert (info.retry_count, info.requeue_count) == (0, 1)
    assert {node.id for node in batch.compute_node.list(pool)} == set(nodes)
    assert batch.pool.get(pool).allocation_state == "steady"
    batch.job.delete(job)


def test_files_of_a_node_that_died_cannot_be_read_until_it_is_back(batch: BatchServiceClient, control: Control) -> None:
    pool, (node,) = grown(batch)
    job = unique("job")
    batch.job.add(job_spec(job, pool))
    batch.task.add(job, task_spec("t", script("echo here")))
    until(lambda: batch.task.get(job, "t").state == "completed")

    control.fail_node(pool, node, "died")
    with pytest.raises(models.BatchErrorException) as of_task:
        batch.file.get_from_task(job, "t", "stdout.txt")
    with pytest.raises(models.BatchErrorException) as of_node:
        list(batch.file.list_from_compute_node(pool, node))
    control.recover_node(pool, node)
    until(lambda: batch.compute_node.get(pool, node).state == "idle")

    assert of_task.value.error.code == "TaskFilesUnavailable"
    assert of_node.value.error.code == "NodeStateUnusable"
    assert b"".join(batch.file.get_from_task(job, "t", "stdout.txt")) == b"here\n"
    assert batch.compute_node.get(pool, node).errors is None


def test_a_start_task_fails_on_request_and_runs_again_after_a_reboot(
    batch: BatchServiceClient, control: Control
) -> None:
    pool, (node,) = grown(batch, start_task=models.StartTask(command_line="/bin/true"))

    control.fail_node(pool, node, "startTaskFailed")
    failed = batch.compute_node.get(pool, node)
    batch.compute_node.reboot(pool, node)
    until(lambda: batch.compute_node.get(pool, node).state == "idle")

    assert (failed.state, failed.start_task_info.result) == ("starttaskfailed", "failure")
    assert (failed.start_task_info.exit_code, failed.start_task_info.failure_info.code) == (1, "FailureExitCode")
    assert batch.compute_node.get(pool, node).start_task_info.result == "success"


def test_a_preempted_node_comes_back_empty_under_its_id_when_its_time_is_over(
    batch: BatchServiceClient, control: Control
) -> None:
    pool, (node,) = grown(batch, 0, target_low_priority_nodes=1)
    job = sleeping(batch, pool)

    control.fail_node(pool, node, "preempted", **{"for": 3600})
    until(lambda: batch.task.get(job, "t").state == "active")
    preempted = (batch.compute_node.get(pool, node).state, batch.pool.get(pool).current_low_priority_nodes)
    control.advance(3600)
    until(lambda: batch.task.get(job, "t").state == "running")

    assert preempted == ("preempted", 1)
    assert batch.compute_node.get(pool, node).state == "running"
    assert batch.task.get(job, "t").execution_info.requeue_count == 1
    batch.job.delete(job)


def test_tasks_on_a_full_disk_fail_until_it_has_room(batch: BatchServiceClient, control: Control) -> None:
    pool, (node,) = grown(batch)
    job = unique("job")
    batch.job.add(job_spec(job, pool))

    control.fail_node(pool, node, "disk_full")
    batch.task.add(job, task_spec("full"))
    until(lambda: batch.task.get(job, "full").state == "completed")
    control.recover_node(pool, node)
    batch.task.add(job, task_spec("room"))
    until(lambda: batch.task.get(job, "room").state == "completed")

    failure = batch.task.get(job, "full").execution_info.failure_info
    assert (failure.code, failure.category) == ("DiskFull", "servererror")
    assert batch.task.get(job, "room").execution_info.result == "success"


# Pools.


def test_a_pool_without_quota_keeps_the_nodes_that_it_had_and_says_why(
    batch: BatchServiceClient, control: Control
) -> None:
    pool, _ = grown(batch)
    control.trouble(pool, resize_error={"code": "AccountCoreQuotaReached", "message": "no cores are left"})

    batch.pool.resize(pool, models.PoolResizeParameter(target_dedicated_nodes=3))
    until(lambda: batch.pool.get(pool).allocation_state == "steady")
    failed = batch.pool.get(pool)
    control.trouble(pool)
    batch.pool.resize(pool, models.PoolResizeParameter(target_dedicated_nodes=2))
    until(lambda: batch.pool.get(pool).allocation_state == "steady")

    assert [(error.code, error.message) for error in failed.resize_errors] == [
        ("AccountCoreQuotaReached", "no cores are left")
    ]
    assert (failed.target_dedicated_nodes, failed.current_dedicated_nodes) == (3, 1)
    assert (batch.pool.get(pool).resize_errors, batch.pool.get(pool).current_dedicated_nodes) == (None, 2)


@pytest.mark.parametrize(("delay", "errors", "nodes"), [(600, [], 2), (1200, ["AllocationTimedout"], 0)])
def test_nodes_that_take_their_time_come_or_time_out(
    batch: BatchServiceClient, control: Control, delay: int, errors: list[str], nodes: int
) -> None:
    name = unique("pool")
    control.trouble(name, allocation_delay=delay)

    batch.pool.add(pool_spec(name, target_dedicated_nodes=2))
    waiting = batch.pool.get(name)
    control.advance(1200)
    until(lambda: batch.pool.get(name).allocation_state == "steady")

    pool = batch.pool.get(name)
    assert (waiting.allocation_state, waiting.current_dedicated_nodes) == ("resizing", 0)
    assert [error.code for error in pool.resize_errors or ()] == errors
    assert pool.current_dedicated_nodes == nodes


def test_a_resize_that_waits_for_nodes_can_be_stopped(batch: BatchServiceClient, control: Control) -> None:
    pool, _ = grown(batch)
    control.trouble(pool, allocation_delay=600)
    batch.pool.resize(pool, models.PoolResizeParameter(target_dedicated_nodes=3))

    batch.pool.stop_resize(pool)
    control.advance(600)

    stopped = batch.pool.get(pool)
    assert (stopped.allocation_state, stopped.target_dedicated_nodes) == ("steady", 1)
    assert stopped.current_dedicated_nodes == 1


# Who may ask, and what is refused.

REFUSED: dict[str, tuple[str, str, Any, int]] = {
    "rules that are no list": ("POST", "faults", {}, 400),
    "an unknown kind": ("POST", "faults", [{"kind": "explode"}], 400),
    "an unknown member": ("POST", "faults", [{"kind": "500", "mth": 2}], 400),
    "two ways to count": ("POST", "faults", [{"kind": "500", "nth": 2, "every": 2}], 400),
    "no regular expression": ("POST", "faults", [{"kind": "500", "path": "("}], 400),
    "a clock that goes back": ("POST", "clock", {"advance": -1}, 400),
    "a pool that is not there": ("POST", "nodes/nowhere/n", {"fail": "died"}, 404),
    "an unknown failure": ("POST", "nodes/nowhere/n", {"fail": "tired"}, 400),
    "an error without a code": ("POST", "pools/p", {"resize_error": {}}, 400),
    "nothing there": ("GET", "nothing", None, 404),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(control: Control, case: str) -> None:
    method, path, body, status = REFUSED[case]

    with pytest.raises(urllib.error.HTTPError) as refusal:
        control.call(method, path, body)

    with refusal.value:
        assert refusal.value.code == status


FOREIGN: dict[str, Callable[[str], requests.Response]] = {
    "under another host's name": lambda url: requests.get(url, headers={"Host": "evil.example"}, timeout=30),
    "as a form of a web page": lambda url: requests.post(url, data="[]", timeout=30),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_web_page_cannot_ask(emulator: Emulator, case: str) -> None:
    assert FOREIGN[case](f"{emulator.url}/_emulator/faults").status_code == 400


def test_a_node_that_is_dedicated_is_not_preempted(batch: BatchServiceClient, control: Control) -> None:
    pool, (node,) = grown(batch)

    with pytest.raises(urllib.error.HTTPError) as refusal:
        control.fail_node(pool, node, "preempted")

    with refusal.value:
        assert (refusal.value.code, "low-priority" in refusal.value.read().decode()) == (409, True)


def test_without_control_there_is_no_such_place(tmp_path: Any) -> None:
    with running_emulator(tmp_path / "emulator") as plain, pytest.raises(urllib.error.HTTPError) as refusal:
        plain.control.clear()

    with refusal.value:
        assert refusal.value.code >= 400
