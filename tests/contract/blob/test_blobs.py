"""Blobs through azure-storage-blob: what goes up comes down, whole, in parts, and only when it should."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobBlock, BlobClient, BlobServiceClient, ContainerClient, ContentSettings
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.blob_service import Service, error_code

shared_server = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_blob_comes_back_as_it_went_up(container: ContainerClient) -> None:
    blob = container.upload_blob("grid.json", b"{}", metadata={"station": "KSEA"})

    properties = blob.get_blob_properties()

    assert blob.download_blob().readall() == b"{}"
    assert properties.size == 2
    assert properties.metadata == {"station": "KSEA"}
    assert properties.content_settings.content_type == "application/octet-stream"
    assert properties.content_settings.content_md5 == bytearray(hashlib.md5(b"{}").digest())  # noqa: S324 - the protocol's
    assert properties.etag.startswith('"0x8D') or properties.etag.startswith('"0x8E')
    assert properties.blob_type == "BlockBlob"
    assert properties.last_modified == blob.download_blob().properties.last_modified


def test_content_settings_are_kept_and_replaced(container: ContainerClient) -> None:
    first = ContentSettings("image/png", "gzip", "en", "inline", "no-cache")
    blob = container.upload_blob("map.png", b"png", content_settings=first)

    kept = blob.get_blob_properties().content_settings
    blob.set_http_headers(ContentSettings(content_type="text/plain"))
    replaced = blob.get_blob_properties().content_settings

    assert (kept.content_type, kept.content_encoding, kept.content_language) == ("image/png", "gzip", "en")
    assert (kept.content_disposition, kept.cache_control) == ("inline", "no-cache")
    assert (replaced.content_type, replaced.content_encoding, replaced.content_md5) == ("text/plain", None, None)


def test_a_large_blob_goes_up_in_blocks_and_comes_down_in_ranges(service: Service, container: ContainerClient) -> None:
    data = os.urandom(3_000_001)
    blob = BlobClient(
        service.url,
        container.container_name,
        "big",
        credential=service.account.key_base64,
        max_single_put_size=1000,
        max_block_size=400_000,
        max_single_get_size=1_000_000,
        max_chunk_get_size=500_000,
    )

    with blob:
        blob.upload_blob(data, max_concurrency=2)
        committed, staged = blob.get_block_list("all")
        back = blob.download_blob(max_concurrency=2).readall()

    assert back == data
    assert [block.size for block in committed] == [400_000] * 7 + [200_001]
    assert staged == []


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 1), (5, None), (0, 100), (399_999, 2), (100, 900_000), (1_199_999, 10)]
)
def test_a_range_is_that_part_of_the_content(container: ContainerClient, offset: int, length: int | None) -> None:
    data = os.urandom(1_200_000)
    blob = container.get_blob_client("parts")
    for number in range(3):
        blob.stage_block(f"b{number}", data[number * 400_000 : (number + 1) * 400_000])
    blob.commit_block_list([BlobBlock(f"b{number}") for number in range(3)])

    part = blob.download_blob(offset, length).readall()

    assert part == data[offset : None if length is None else offset + length]


def test_a_range_beyond_the_end_is_refused(container: ContainerClient) -> None:
    blob = container.upload_blob("short", b"abc")

    with pytest.raises(HttpResponseError) as refused:
        blob.download_blob(offset=3).readall()

    assert (refused.value.status_code, error_code(refused)) == (416, "InvalidRange")


def test_an_empty_blob_downloads_as_nothing(container: ContainerClient) -> None:
    assert container.upload_blob("empty", b"").download_blob().readall() == b""


def test_a_range_can_bring_its_md5(container: ContainerClient) -> None:
    blob = container.upload_blob("checked", b"0123456789" * 1000)

    assert blob.download_blob(10, 20, validate_content="md5").readall() == b"0123456789" * 2


def test_a_body_that_is_not_the_announced_one_is_refused_and_leaves_nothing(container: ContainerClient) -> None:
    blob = container.get_blob_client("wrong")

    with pytest.raises(HttpResponseError) as refused:
        blob.upload_blob(b"abc", headers={"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="})

    assert error_code(refused) == "Md5Mismatch"
    assert not blob.exists()


def test_uploading_twice_needs_overwrite(container: ContainerClient) -> None:
    blob = container.upload_blob("once", b"1")

    with pytest.raises(ResourceExistsError) as refused:
        blob.upload_blob(b"2")
    blob.upload_blob(b"3", overwrite=True)

    assert error_code(refused) == "BlobAlreadyExists"
    assert blob.download_blob().readall() == b"3"


def test_a_write_with_a_stale_etag_is_refused(container: ContainerClient) -> None:
    blob = container.upload_blob("etag", b"1")
    stale = blob.get_blob_properties().etag
    blob.upload_blob(b"2", overwrite=True)

    with pytest.raises(ResourceModifiedError) as refused:
        blob.upload_blob(b"3", overwrite=True, etag=stale, match_condition=MatchConditions.IfNotModified)
    with pytest.raises(ResourceModifiedError):
        blob.download_blob(etag=stale, match_condition=MatchConditions.IfNotModified)

    assert error_code(refused) == "ConditionNotMet"
    assert blob.download_blob().readall() == b"2"


def test_a_read_of_what_the_reader_has_is_not_modified(container: ContainerClient) -> None:
    blob = container.upload_blob("etag", b"1")
    etag = blob.get_blob_properties().etag

    with pytest.raises(HttpResponseError) as answered:
        blob.download_blob(etag=etag, match_condition=MatchConditions.IfModified)

    assert answered.value.status_code == 304


def test_metadata_is_replaced_as_a_whole(container: ContainerClient) -> None:
    blob = container.upload_blob("noted", b"1", metadata={"a": "1"})

    blob.set_blob_metadata({"b": "zwei, drei"})

    assert blob.get_blob_properties().metadata == {"b": "zwei, drei"}
    assert blob.download_blob().readall() == b"1"


def test_a_deleted_blob_is_gone(container: ContainerClient) -> None:
    blob = container.upload_blob("brief", b"1")

    blob.delete_blob()

    assert not blob.exists()
    for attempt in (blob.get_blob_properties, blob.download_blob, blob.delete_blob):
        with pytest.raises(ResourceNotFoundError):
            attempt()


def test_a_block_list_may_reuse_committed_blocks_and_drops_the_rest(container: ContainerClient) -> None:
    blob = container.get_blob_client("edited")
    for name in ("one", "two", "six"):
        blob.stage_block(name, name.encode())
    blob.commit_block_list([BlobBlock("one"), BlobBlock("two")])
    blob.stage_block("new", b"new")
    blob.stage_block("nay", b"nay")

    blob.commit_block_list([BlobBlock("two"), BlobBlock("new"), BlobBlock("two")])
    committed, staged = blob.get_block_list("all")

    assert blob.download_blob().readall() == b"twonewtwo"
    assert ([block.id for block in committed], staged) == (["two", "new", "two"], [])


def test_a_block_list_with_an_unknown_block_changes_nothing(container: ContainerClient) -> None:
    blob = container.upload_blob("kept", b"old")
    blob.stage_block("a", b"a")

    with pytest.raises(HttpResponseError) as refused:
        blob.commit_block_list([BlobBlock("a"), BlobBlock("b")])

    assert error_code(refused) == "InvalidBlockList"
    assert blob.download_blob().readall() == b"old"


def test_blocks_alone_make_no_blob(container: ContainerClient) -> None:
    blob = container.get_blob_client("staged")
    blob.stage_block("a", b"abc")

    _, staged = blob.get_block_list("uncommitted")

    assert not blob.exists()
    assert [(block.id, block.size) for block in staged] == [("a", 3)]


def test_block_ids_of_one_blob_have_one_length(container: ContainerClient) -> None:
    blob = container.get_blob_client("ids")
    blob.stage_block("a", b"abc")

    with pytest.raises(HttpResponseError) as refused:
        blob.stage_block("a-longer-one", b"abc")

    assert error_code(refused) == "InvalidBlobOrBlock"


@shared_server
@given(blocks=st.lists(st.binary(max_size=300), max_size=12), order=st.data())
def test_a_block_list_is_the_concatenation_of_its_blocks(
    container: ContainerClient, blocks: list[bytes], order: st.DataObject
) -> None:
    blob = container.get_blob_client("law")
    for number, block in enumerate(blocks):
        blob.stage_block(f"{number:03}", block or b"-")
    chosen = order.draw(st.lists(st.sampled_from(range(len(blocks))), max_size=20)) if blocks else []

    blob.commit_block_list([BlobBlock(f"{number:03}") for number in chosen])

    assert blob.download_blob().readall() == b"".join(blocks[number] or b"-" for number in chosen)


# What the service takes, less what the client's URL library rewrites: segments "." and "..".
names = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
    .filter(lambda name: not {".", ".."} & set(name.split("/")))
    .filter(lambda name: not name.startswith("/"))
)


@shared_server
@given(name=names)
def test_any_name_comes_back_from_download_and_list(container: ContainerClient, name: str) -> None:
    blob = container.upload_blob(name, name.encode())
    try:
        listed = [item.name for item in container.list_blobs()]

        assert blob.download_blob().readall() == name.encode()
        assert listed == [name]
    finally:
        blob.delete_blob()


@pytest.mark.parametrize(
    "name",
    ["a b.txt", "über/größe.json", "100%", "a%2Fb", "a+b&c=d?e#f", "a//b/", "日本/🦆", " lead", "x" * 1024, "\ufffe"],
)
def test_names_need_no_care(container: ContainerClient, name: str) -> None:
    container.upload_blob(name, b"x")

    assert [item.name for item in container.list_blobs()] == [name]
    assert container.download_blob(name).readall() == b"x"


@pytest.mark.parametrize("name", ["a\nb", "x" * 1025])
def test_names_that_the_service_refuses_are_refused(container: ContainerClient, name: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        container.upload_blob(name, b"x")

    assert refused.value.status_code == 400


def test_a_missing_container_is_named(client: BlobServiceClient) -> None:
    blob = client.get_blob_client("nowhere", "x")
    attempts: list[Callable[[], object]] = [blob.download_blob, lambda: blob.upload_blob(b"x")]

    for attempt in attempts:
        with pytest.raises(ResourceNotFoundError) as refused:
            attempt()
        assert error_code(refused) == "ContainerNotFound"
