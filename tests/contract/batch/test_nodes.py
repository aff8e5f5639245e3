"""ComputeNode_* and Account_*: through the vendor's client."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import code_of, pool_spec, unique
from tests.support.waiting import until


@pytest.fixture
def pool(client: BatchServiceClient) -> str:
    """A pool of two nodes of its own."""
    name = unique("pool")
    start = models.StartTask(command_line="/bin/sh -c 'echo started'")
    client.pool.add(pool_spec(name, target_dedicated_nodes=2, start_task=start))
    until(lambda: [node.state for node in client.compute_node.list(name)] == ["idle", "idle"])
    return name


def test_a_node_tells_of_its_start_task(client: BatchServiceClient, pool: str) -> None:
    first = next(iter(client.compute_node.list(pool)))

    node = client.compute_node.get(pool, first.id)

    assert (node.state, node.scheduling_state, node.is_dedicated) == ("idle", "enabled", True)
    assert (node.start_task_info.state, node.start_task_info.exit_code) == ("completed", 0)
    assert node.start_task_info.result == "success"
    assert b"".join(client.file.get_from_compute_node(pool, node.id, "startup/stdout.txt")) == b"started\n"


def test_a_node_that_is_not_there_is_not_found(client: BatchServiceClient, pool: str) -> None:
    with pytest.raises(models.BatchErrorException) as of_node:
        client.compute_node.get(pool, "nowhere")
    with pytest.raises(models.BatchErrorException) as of_pool:
        client.compute_node.get("nowhere", "nowhere")

    assert (code_of(of_node), code_of(of_pool)) == ("NodeNotFound", "PoolNotFound")


def test_nodes_are_filtered_and_paged(client: BatchServiceClient, pool: str) -> None:
    idle = models.ComputeNodeListOptions(
        filter="state eq 'idle' and startTaskInfo/exitCode eq 0", max_results=1, select="id"
    )

    found = list(client.compute_node.list(pool, idle))

    assert len({node.id for node in found}) == 2
    assert {node.state for node in found} == {None}


def test_a_node_comes_back_after_a_reboot_and_a_reimage(client: BatchServiceClient, pool: str) -> None:
    first, second = (node.id for node in client.compute_node.list(pool))
    boots = {node.id: node.last_boot_time for node in client.compute_node.list(pool)}

    client.compute_node.reboot(pool, first)
    client.compute_node.reimage(pool, second, "terminate")
    until(
        lambda: all(
            node.state == "idle" and node.last_boot_time > boots[node.id] for node in client.compute_node.list(pool)
        )
    )

    assert {node.id for node in client.compute_node.list(pool)} == {first, second}


def test_nodes_are_counted_by_pool(client: BatchServiceClient, pool: str) -> None:
    options = models.AccountListPoolNodeCountsOptions(filter=f"poolId eq '{pool}'")

    counts = list(client.account.list_pool_node_counts(options))

    assert [(entry.pool_id, entry.dedicated.idle, entry.dedicated.total) for entry in counts] == [(pool, 2, 2)]
    assert counts[0].low_priority.total == 0


def test_collections_that_nothing_can_be_added_to_are_empty(client: BatchServiceClient) -> None:
    absent: dict[str, Callable[[], object]] = {
        "ApplicationNotFound": lambda: client.application.get("any"),
        "CertificateNotFound": lambda: client.certificate.get("sha1", "0123456789abcdef"),
    }

    lists = [
        client.application.list(),
        client.certificate.list(),
        client.pool.list_usage_metrics(),
    ]

    assert [list(found) for found in lists] == [[], [], []]
    for code, call in absent.items():
        with pytest.raises(models.BatchErrorException) as refusal:
            call()
        assert code_of(refusal) == code


def test_the_supported_images_know_ubuntu(client: BatchServiceClient) -> None:
    linux = models.AccountListSupportedImagesOptions(filter="osType eq 'linux'", max_results=2)

    images = list(client.account.list_supported_images(linux))

    assert ("ubuntu-24_04-lts", "batch.node.ubuntu 24.04") in {
        (image.image_reference.offer, image.node_agent_sku_id) for image in images
    }
    assert {image.os_type for image in images} == {"linux"}
