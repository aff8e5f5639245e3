"""The store: durable, whole or not at all, and nothing left lying about."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.blob.contents import Receipt
from batchspec.emulator.blob.database import open_database
from batchspec.emulator.blob.errors import BlobError
from batchspec.emulator.blob.listing import list_page
from batchspec.emulator.blob.model import Blob, Block
from batchspec.emulator.blob.operations.blobs import put
from batchspec.emulator.blob.store import STAGED_LIFETIME, BlobStore
from tests.support.blob_calls import call


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[BlobStore]:
    with closing(BlobStore(tmp_path, clock)) as store:
        store.create_container("box", {})
        yield store


def write(store: BlobStore, name: str, data: bytes) -> Blob:
    with store.contents.receive() as receipt:
        receipt.write(data)
        receipt.close()
        return store.put(store.container("box"), name, [Block("", receipt.name, receipt.size)], {}, {})


def stage(store: BlobStore, name: str, block: str, data: bytes) -> Block:
    with store.contents.receive() as receipt:
        receipt.write(data)
        receipt.close()
        staged = Block(block, receipt.name, receipt.size)
        store.stage(store.container("box"), name, staged)
    return staged


def test_what_was_written_is_there_after_a_restart(tmp_path: Path, store: BlobStore, clock: Clock) -> None:
    blob = write(store, "a", b"abc")
    store.close()

    with closing(BlobStore(tmp_path, clock)) as again:
        assert again.find(again.container("box"), "a") == blob
        assert b"".join(again.contents.read((b.content, range(b.size)) for b in again.committed(blob))) == b"abc"


def test_a_replaced_or_deleted_blob_leaves_no_file(store: BlobStore) -> None:
    write(store, "a", b"1")
    blob = write(store, "a", b"2")
    assert len(store.contents.names()) == 1

    store.delete(store.container("box"), blob)

    assert store.contents.names() == set()


def test_a_reader_keeps_what_it_began_to_read(store: BlobStore) -> None:
    blob = write(store, "a", b"old")
    chunks = store.contents.read((block.content, range(block.size)) for block in store.committed(blob))

    write(store, "a", b"new")

    assert b"".join(chunks) == b"old"


def test_a_committed_list_drops_the_blocks_it_leaves_out(store: BlobStore) -> None:
    one, _ = stage(store, "a", "1", b"one"), stage(store, "a", "2", b"two")

    store.put(store.container("box"), "a", [one, one], {}, {})

    assert store.contents.names() == {one.content}
    assert store.staged(store.container("box"), "a") == []


def test_a_block_staged_again_replaces_the_first(store: BlobStore) -> None:
    stage(store, "a", "1", b"one")
    second = stage(store, "a", "1", b"two")

    assert store.staged(store.container("box"), "a") == [second]
    assert store.contents.names() == {second.content}


def test_files_that_no_row_names_are_swept_at_the_start(tmp_path: Path, store: BlobStore, clock: Clock) -> None:
    write(store, "a", b"kept")
    (tmp_path / "blobs" / "orphan").write_bytes(b"left by a crash")
    store.close()

    with closing(BlobStore(tmp_path, clock)) as again:
        assert len(again.contents.names()) == 1
        assert "orphan" not in again.contents.names()


def test_blocks_that_were_never_committed_go_after_a_week(tmp_path: Path, store: BlobStore, clock: Clock) -> None:
    stage(store, "old", "1", b"one")
    clock.now += STAGED_LIFETIME
    stage(store, "new", "1", b"one")
    clock.now += timedelta(seconds=1)
    store.close()

    with closing(BlobStore(tmp_path, clock)) as again:
        assert again.staged(again.container("box"), "old") == []
        assert len(again.staged(again.container("box"), "new")) == len(again.contents.names()) == 1


def test_every_change_has_an_etag_of_its_own_though_the_clock_stands(store: BlobStore) -> None:
    etags = [write(store, "a", b"same").etag for _ in range(3)]

    assert len(set(etags)) == 3


def test_names_never_become_paths(tmp_path: Path, store: BlobStore) -> None:
    for name in ("../../escape", "/etc/passwd", "a\\b", "x" * 1024):
        write(store, name, b"x")

    found = {path.parent for path in tmp_path.rglob("*") if path.is_file()}

    assert found == {tmp_path, tmp_path / "blobs"}
    assert all(len(name) == 32 for name in store.contents.names())


def test_files_are_for_their_owner_only(tmp_path: Path, store: BlobStore) -> None:
    write(store, "a", b"x")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}

    assert modes.pop("blobs") == 0o700
    assert set(modes.values()) == {0o600}


def test_a_full_disk_leaves_the_old_blob_and_no_half_of_the_new(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write(store, "a", b"old")
    before = store.contents.names()

    close = Receipt.close

    def full(receipt: Receipt) -> None:
        close(receipt)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Receipt, "close", full)
    request = call("PUT", "/acct/box/a", b"new", x_ms_blob_type="BlockBlob")
    with pytest.raises(OSError, match="No space left"):
        asyncio.run(put(store, request))

    assert store.find(store.container("box"), "a") == old
    assert store.contents.names() == before


def test_an_empty_blob_needs_no_file(store: BlobStore) -> None:
    before = store.contents.names()

    blob = write(store, "empty", b"")

    assert (blob.size, store.contents.names()) == (0, before)


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "blobs.db")) as database:
        database.execute("PRAGMA user_version = 99")

    with pytest.raises(sqlite3.DatabaseError, match="schema version 99"):
        open_database(tmp_path / "blobs.db")


def test_a_container_is_made_once(store: BlobStore) -> None:
    with pytest.raises(BlobError, match="ContainerAlreadyExists"):
        store.create_container("box", {})


def blob_named(name: str) -> Blob:
    return Blob(0, 0, name, 0, "", 0, 0, {}, {})


texts = st.text("ab/-", max_size=6)


@given(
    names=st.sets(texts.filter(bool)),
    prefix=texts,
    delimiter=st.sampled_from(["", "/", "ab", "-/"]),
    limit=st.integers(1, 5),
)
def test_pages_together_are_the_whole_listing(names: set[str], prefix: str, delimiter: str, limit: int) -> None:
    ordered = sorted(names)

    def names_from(first: str, count: int) -> Iterator[Blob]:
        return map(blob_named, [name for name in ordered if name >= first][:count])

    expected: list[str] = []
    for name in ordered:
        if name.startswith(prefix):
            head, found, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
            shown = prefix + head + found if found else name
            expected += [] if shown in expected else [shown]
    pages, start = [], ""
    while True:
        page = list_page(names_from, prefix, delimiter, start, limit)
        pages.append([item if isinstance(item, str) else item.name for item in page.items])
        if page.next_name is None:
            break
        start = page.next_name

    assert [shown for page in pages for shown in page] == expected
    assert all(len(page) == limit for page in pages[:-1])
