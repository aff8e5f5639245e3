"""The Blob adapter against the local service."""

from __future__ import annotations

import dataclasses
import hashlib
import urllib.request
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from batchspec.errors import LocalFailure, NotFound, Unauthorized, Unreachable, UnreadableFile, UsageError
from batchspec.service.account import Account, Storage
from batchspec.service.blob import AzureBlob

BIG = 9 * 1024 * 1024 + 7


def ignore(_count: int) -> None:
    """Nobody listens."""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_uploaded_is_listed_and_downloaded(blobs: AzureBlob, source: Path, tmp_path: Path) -> None:
    blobs.ensure_container("round")
    blobs.ensure_container("round")
    blobs.upload("round", "inputs/a b/ä.txt", source, sha256(source), ignore)

    (view,) = blobs.list_blobs("round", "inputs/")
    blobs.download("round", view.name, tmp_path / "back", ignore)

    assert (view.name, view.size) == ("inputs/a b/ä.txt", 11)
    assert (tmp_path / "back").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("size", [0, 1, BIG])
def test_files_of_any_size_move_in_pieces_that_are_told(blobs: AzureBlob, tmp_path: Path, size: int) -> None:
    blobs.ensure_container("sizes")
    data = bytes(index % 251 for index in range(1000)) * (size // 1000 + 1)
    (tmp_path / "in").write_bytes(data[:size])
    up: list[int] = []
    down: list[int] = []

    blobs.upload("sizes", f"b{size}", tmp_path / "in", sha256(tmp_path / "in"), up.append)
    blobs.download("sizes", f"b{size}", tmp_path / "out", down.append)

    assert (tmp_path / "out").read_bytes() == data[:size]
    assert sum(up) == sum(down) == size
    assert max([*up, *down, 0]) <= 4 * 1024 * 1024


def test_a_blob_that_is_there_stays_as_it_is(blobs: AzureBlob, source: Path, tmp_path: Path) -> None:
    blobs.ensure_container("twice")
    blobs.upload("twice", "a", source, sha256(source), ignore)
    source.write_bytes(b"other")

    blobs.upload("twice", "a", source, sha256(source), ignore)
    blobs.download("twice", "a", tmp_path / "back", ignore)

    assert (tmp_path / "back").read_bytes() == b"some input\n"


@pytest.mark.parametrize("size", [5, BIG])
def test_a_large_or_small_blob_that_is_there_is_replaced_only_when_asked_for(
    blobs: AzureBlob, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"a" * size)
    blobs.ensure_container("replaced")
    blobs.upload("replaced", f"b{size}", path, sha256(path), ignore)
    path.write_bytes(b"b" * (size + 1))

    blobs.upload("replaced", f"b{size}", path, sha256(path), ignore)
    (kept,) = blobs.list_blobs("replaced", f"b{size}")
    blobs.upload("replaced", f"b{size}", path, sha256(path), ignore, replace=True)
    (replaced,) = blobs.list_blobs("replaced", f"b{size}")

    assert (kept.size, replaced.size) == (size, size + 1)


@pytest.mark.parametrize("size", [0, 5, BIG])
def test_a_file_that_is_not_what_its_name_says_is_never_stored(blobs: AzureBlob, tmp_path: Path, size: int) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"a" * size)
    blobs.ensure_container("poison")

    with pytest.raises(LocalFailure):
        blobs.upload("poison", "a", path, hashlib.sha256(b"other").hexdigest(), ignore)

    assert not list(blobs.list_blobs("poison", ""))


def test_a_file_that_changes_while_it_is_sent_is_never_stored(blobs: AzureBlob, tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"a" * BIG)
    wanted = sha256(path)
    blobs.ensure_container("changing")

    def change(_count: int) -> None:
        with path.open("r+b") as file:
            file.seek(-1, 2)
            file.write(b"b")

    with pytest.raises(LocalFailure) as caught:
        blobs.upload("changing", "a", path, wanted, change)
    path.write_bytes(b"a" * BIG)
    blobs.upload("changing", "a", path, wanted, ignore)
    blobs.download("changing", "a", tmp_path / "back", ignore)

    assert "changed" in caught.value.message
    assert sha256(tmp_path / "back") == wanted


def test_of_a_file_that_grows_while_it_is_sent_what_it_was_is_stored(blobs: AzureBlob, tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"a" * BIG)
    blobs.ensure_container("growing")

    def grow(_count: int) -> None:
        with path.open("ab") as file:
            file.write(b"b")

    blobs.upload("growing", "a", path, sha256(path), grow)

    assert [view.size for view in blobs.list_blobs("growing", "")] == [BIG]


class Enough(Exception):  # not an error
    """A transfer that is told to end."""


def stop(_count: int) -> None:
    raise Enough


def test_a_transfer_ends_when_its_listener_raises_and_leaves_nothing(blobs: AzureBlob, tmp_path: Path) -> None:
    blobs.ensure_container("stopped")
    (tmp_path / "in").write_bytes(b"x" * BIG)
    with pytest.raises(Enough):
        blobs.upload("stopped", "a", tmp_path / "in", sha256(tmp_path / "in"), stop)
    assert not list(blobs.list_blobs("stopped", ""))

    blobs.upload("stopped", "a", tmp_path / "in", sha256(tmp_path / "in"), ignore)
    with pytest.raises(Enough):
        blobs.download("stopped", "a", tmp_path / "out", stop)

    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_what_is_not_there_is_not_found(blobs: AzureBlob, tmp_path: Path) -> None:
    blobs.ensure_container("empty")

    with pytest.raises(NotFound):
        blobs.download("empty", "a", tmp_path / "a", ignore)
    with pytest.raises(NotFound):
        blobs.delete_blob("empty", "a")
    with pytest.raises(NotFound):
        list(blobs.list_blobs("nowhere", ""))


def test_a_deleted_blob_is_gone(blobs: AzureBlob, source: Path) -> None:
    blobs.ensure_container("delete")
    blobs.upload("delete", "a", source, sha256(source), ignore)

    blobs.delete_blob("delete", "a")

    assert not list(blobs.list_blobs("delete", ""))


def test_files_of_this_machine_that_fail_are_told(blobs: AzureBlob, source: Path, tmp_path: Path) -> None:
    blobs.ensure_container("files")
    blobs.upload("files", "a", source, sha256(source), ignore)

    with pytest.raises(UnreadableFile):
        blobs.upload("files", "b", tmp_path / "missing", "", ignore)
    with pytest.raises(LocalFailure):
        blobs.download("files", "a", tmp_path / "missing" / "a", ignore)


def test_signed_urls_open_what_they_were_made_for(blobs: AzureBlob, source: Path) -> None:
    blobs.ensure_container("signed")
    blobs.upload("signed", "a b", source, sha256(source), ignore)
    expiry = datetime.now(timezone.utc) + timedelta(hours=1)

    url = blobs.signed_url("signed", "a b", "r", expiry)
    listing = blobs.signed_url("signed", None, "l", expiry) + "&restype=container&comp=list"

    with urllib.request.urlopen(url) as answer:  # noqa: S310  # of the local service
        assert answer.read() == b"some input\n"
    with urllib.request.urlopen(listing) as answer:  # noqa: S310  # of the local service
        assert b"a b" in answer.read()


def test_a_wrong_key_is_unauthorized(account: Account) -> None:
    assert account.storage is not None
    wrong = dataclasses.replace(account, storage=dataclasses.replace(account.storage, key="AAAA"))

    with closing(AzureBlob(wrong)) as blobs, pytest.raises(Unauthorized) as caught:
        blobs.ensure_container("x")

    assert caught.value.hint is not None


def test_a_service_that_is_not_there_is_unreachable(account: Account) -> None:
    nowhere = dataclasses.replace(account, storage=Storage("st", "http://127.0.0.1:1/st", "AAAA"))

    with closing(AzureBlob(nowhere)) as blobs, pytest.raises(Unreachable):
        blobs.ensure_container("x")


def test_without_a_storage_account_the_variables_to_set_are_named(account: Account) -> None:
    with closing(AzureBlob(dataclasses.replace(account, storage=None))) as blobs, pytest.raises(UsageError) as caught:
        blobs.ensure_container("x")

    assert "AZURE_BLOB_ACCOUNT_NAME" in str(caught.value.hint)
