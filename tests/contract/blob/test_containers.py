"""Containers and listings through azure-storage-blob."""

from __future__ import annotations

import secrets

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobPrefix, BlobServiceClient, ContainerClient

from tests.support.blob_service import error_code

NAMES = ["a.txt", "in/1.csv", "in/2.csv", "in/deep/3.csv", "out/1.csv", "z.txt"]


@pytest.fixture
def filled(container: ContainerClient) -> ContainerClient:
    for name in NAMES:
        container.upload_blob(name, name.encode(), metadata={"named": name})
    return container


def test_a_container_is_made_once(client: BlobServiceClient, container: ContainerClient) -> None:
    with pytest.raises(ResourceExistsError) as refused:
        client.create_container(container.container_name)

    assert error_code(refused) == "ContainerAlreadyExists"


def test_a_container_keeps_its_metadata(client: BlobServiceClient) -> None:
    container = client.create_container(f"m{secrets.token_hex(4)}", metadata={"owner": "hexgrid"})

    first = container.get_container_properties()
    container.set_container_metadata({"owner": "grid"})
    second = container.get_container_properties()

    assert (first.metadata, second.metadata) == ({"owner": "hexgrid"}, {"owner": "grid"})
    assert first.etag != second.etag
    assert container.exists()


def test_a_deleted_container_takes_its_blobs_along(client: BlobServiceClient, filled: ContainerClient) -> None:
    filled.get_blob_client("staged").stage_block("a", b"a")

    filled.delete_container()
    again = client.create_container(filled.container_name)

    assert list(again.list_blobs()) == []
    with pytest.raises(ResourceNotFoundError):
        again.get_blob_client("staged").get_block_list("uncommitted")


def test_operations_on_a_missing_container_name_it(client: BlobServiceClient) -> None:
    nowhere = client.get_container_client("nowhere")

    assert not nowhere.exists()
    for attempt in (nowhere.delete_container, nowhere.get_container_properties, lambda: list(nowhere.list_blobs())):
        with pytest.raises(ResourceNotFoundError):
            attempt()


@pytest.mark.parametrize("name", ["ab", "Upper", "two--dashes", "-first", "last-", "x" * 64, "under_score"])
def test_container_names_follow_the_rules(client: BlobServiceClient, name: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        client.create_container(name)

    assert error_code(refused) == "InvalidResourceName"


def test_containers_are_listed_by_name_and_page(client: BlobServiceClient) -> None:
    prefix = f"list{secrets.token_hex(4)}"
    names = [f"{prefix}-{number}" for number in range(5)]
    for name in reversed(names):
        client.create_container(name, metadata={"n": name})

    pages = client.list_containers(prefix, include_metadata=True, results_per_page=2).by_page()
    found = [[(item.name, item.metadata) for item in page] for page in pages]

    assert [[name for name, _ in page] for page in found] == [names[:2], names[2:4], names[4:]]
    assert all(metadata == {"n": name} for page in found for name, metadata in page)


def test_blobs_are_listed_in_order(filled: ContainerClient) -> None:
    assert list(filled.list_blob_names()) == NAMES


def test_a_prefix_narrows_a_list(filled: ContainerClient) -> None:
    assert list(filled.list_blob_names(name_starts_with="in/")) == NAMES[1:4]


@pytest.mark.parametrize("size", [1, 2, 5, 6, 7])
def test_pages_of_any_size_hold_every_blob_once(filled: ContainerClient, size: int) -> None:
    pages = [[item.name for item in page] for page in filled.list_blobs(results_per_page=size).by_page()]

    assert [name for page in pages for name in page] == NAMES
    assert all(len(page) == size for page in pages[:-1])


def test_a_listed_blob_says_what_it_is(filled: ContainerClient) -> None:
    listed = next(iter(filled.list_blobs("a.txt", include=["metadata"])))
    properties = filled.get_blob_client("a.txt").get_blob_properties()

    assert listed.metadata == {"named": "a.txt"}
    assert (listed.size, listed.last_modified) == (properties.size, properties.last_modified)
    assert listed.creation_time == properties.creation_time
    assert f'"{listed.etag}"' == properties.etag  # lists leave the quotes out
    assert listed.content_settings.content_md5 == properties.content_settings.content_md5


def test_metadata_is_listed_on_demand_only(filled: ContainerClient) -> None:
    assert not any(item.metadata for item in filled.list_blobs())


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_delimiter_folds_what_lies_below(filled: ContainerClient, size: int) -> None:
    # the SDK moves the prefixes of a page to its front
    items = sorted(filled.walk_blobs(results_per_page=size), key=lambda item: item.name)

    assert [item.name for item in items] == ["a.txt", "in/", "out/", "z.txt"]
    assert [isinstance(item, BlobPrefix) for item in items] == [False, True, True, False]


def test_folding_starts_behind_the_prefix(filled: ContainerClient) -> None:
    assert {item.name for item in filled.walk_blobs("in/")} == {"in/1.csv", "in/2.csv", "in/deep/"}


def test_uncommitted_blobs_are_refused_rather_than_left_out(filled: ContainerClient) -> None:
    with pytest.raises(HttpResponseError) as refused:
        list(filled.list_blobs(include=["uncommittedblobs"]))

    assert refused.value.status_code == 501


def test_the_service_says_that_it_has_no_special_settings(client: BlobServiceClient) -> None:
    properties = client.get_service_properties()

    assert properties["cors"] == []
    assert not properties["delete_retention_policy"].enabled
