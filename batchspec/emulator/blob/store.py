"""Containers and blobs, durable: rows in SQLite, bytes in content files.

Every change is one transaction. Content files come before the row that names them and go after it, so that
a crash leaves at most files without a row. One thread uses a store; nothing in here waits.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from batchspec.emulator.blob.contents import Contents
from batchspec.emulator.blob.database import open_database
from batchspec.emulator.blob.errors import BlobError
from batchspec.emulator.blob.listing import list_page
from batchspec.emulator.blob.model import Blob, Block, Container, Page

# the service drops blocks that were not committed within a week
STAGED_LIFETIME = timedelta(days=7)

_MICROSECOND = timedelta(microseconds=1)
_YEAR_1 = datetime(1, 1, 1, tzinfo=timezone.utc)
_BLOB = "id, container, name, size, etag, created, modified, properties, metadata"


class BlobStore:
    """The state of the blob service below a directory; `now` gives an aware time."""

    def __init__(self, root: Path, now: Callable[[], datetime]) -> None:
        """Open or make `blobs.db` and `blobs/` below `root`, and drop what nothing refers to.

        Raises OSError and sqlite3.Error as the file system and the database do.
        """
        self._now = now
        self._last_tick = 0
        self.contents = Contents(root / "blobs")
        self._database = open_database(root / "blobs.db")
        self._sweep()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # containers

    def create_container(self, name: str, metadata: Mapping[str, str]) -> Container:
        """A new container; raises ContainerAlreadyExists."""
        etag, modified = self._stamp()
        try:
            cursor = self._database.execute(
                "INSERT INTO containers (name, etag, modified, metadata) VALUES (?, ?, ?, ?)",
                (name, etag, modified, json.dumps(dict(metadata))),
            )
        except sqlite3.IntegrityError:
            raise BlobError("ContainerAlreadyExists") from None
        return Container(cursor.lastrowid or 0, name, etag, modified, metadata)

    def container(self, name: str) -> Container:
        """The container of that name; raises ContainerNotFound."""
        row = self._database.execute("SELECT * FROM containers WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise BlobError("ContainerNotFound")
        return _container(row)

    def containers(self, prefix: str, start: str, limit: int) -> list[Container]:
        """At most `limit` containers by name, those that begin with `prefix`, from `start` on."""
        rows = self._database.execute(
            "SELECT * FROM containers WHERE name >= ? AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
            (max(prefix, start), len(prefix), prefix, limit),
        )
        return [_container(row) for row in rows]

    def set_container_metadata(self, container: Container, metadata: Mapping[str, str]) -> Container:
        """The container with other metadata."""
        etag, modified = self._stamp()
        self._database.execute(
            "UPDATE containers SET etag = ?, modified = ?, metadata = ? WHERE id = ?",
            (etag, modified, json.dumps(dict(metadata)), container.id),
        )
        return replace(container, etag=etag, modified=modified, metadata=metadata)

    def delete_container(self, container: Container) -> None:
        """Remove a container and all in it."""
        with self._change() as unused:
            unused.extend(
                self._names(
                    "SELECT content FROM segments JOIN blobs ON blobs.id = blob WHERE container = ?"
                    " UNION SELECT content FROM staged WHERE container = ?",
                    (container.id, container.id),
                )
            )
            self._database.execute("DELETE FROM containers WHERE id = ?", (container.id,))

    # blobs

    def find(self, container: Container, name: str) -> Blob | None:
        """The blob of that name, if it is there."""
        row = self._database.execute(
            f"SELECT {_BLOB} FROM blobs WHERE container = ? AND name = ?",  # noqa: S608 - a constant
            (container.id, name),
        ).fetchone()
        return _blob(row) if row else None

    def list_blobs(self, container: Container, prefix: str, delimiter: str, start: str, limit: int) -> Page:
        """At most `limit` blobs and common prefixes in the order of their names, from `start` on."""

        def names_from(first: str, count: int) -> Iterator[Blob]:
            rows = self._database.execute(
                f"SELECT {_BLOB} FROM blobs WHERE container = ? AND name >= ? ORDER BY name LIMIT ?",  # noqa: S608 - a constant
                (container.id, first, count),
            )
            return map(_blob, rows)

        return list_page(names_from, prefix, delimiter, start, limit)

    def put(
        self,
        container: Container,
        name: str,
        blocks: Sequence[Block],
        properties: Mapping[str, str],
        metadata: Mapping[str, str],
    ) -> Blob:
        """Make a blob of these blocks or replace it; blocks that were staged for it and left out go."""
        etag, modified = self._stamp()
        size = sum(block.size for block in blocks)
        with self._change() as unused:
            before = self._staged_contents(container, name)
            if before:
                self._drop_staged(container, name)
            created, old = modified, self.find(container, name)
            if old is not None:
                created = old.created
                before |= self._contents_of(old)
                self._database.execute("DELETE FROM blobs WHERE id = ?", (old.id,))
            cursor = self._database.execute(
                "INSERT INTO blobs (container, name, size, etag, created, modified, properties, metadata)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    container.id,
                    name,
                    size,
                    etag,
                    created,
                    modified,
                    json.dumps(dict(properties)),
                    json.dumps(dict(metadata)),
                ),
            )
            blob_id = cursor.lastrowid or 0
            self._database.executemany(
                "INSERT INTO segments VALUES (?, ?, ?, ?, ?)",
                ((blob_id, place, block.id, block.content, block.size) for place, block in enumerate(blocks)),
            )
            unused.extend(before - {block.content for block in blocks})
        return Blob(blob_id, container.id, name, size, etag, created, modified, properties, metadata)

    def update(self, blob: Blob, properties: Mapping[str, str], metadata: Mapping[str, str]) -> Blob:
        """The blob with other properties and metadata, and the same content."""
        etag, modified = self._stamp()
        self._database.execute(
            "UPDATE blobs SET etag = ?, modified = ?, properties = ?, metadata = ? WHERE id = ?",
            (etag, modified, json.dumps(dict(properties)), json.dumps(dict(metadata)), blob.id),
        )
        return replace(blob, etag=etag, modified=modified, properties=properties, metadata=metadata)

    def delete(self, container: Container, blob: Blob) -> None:
        """Remove a blob and what was staged for it."""
        with self._change() as unused:
            unused.extend(self._contents_of(blob) | self._staged_contents(container, blob.name))
            self._database.execute("DELETE FROM blobs WHERE id = ?", (blob.id,))
            self._drop_staged(container, blob.name)

    # blocks

    def committed(self, blob: Blob) -> list[Block]:
        """The blocks that make up a blob, in order."""
        rows = self._database.execute(
            "SELECT block, content, size FROM segments WHERE blob = ? ORDER BY place", (blob.id,)
        )
        return [Block(*row) for row in rows]

    def staged(self, container: Container, name: str) -> list[Block]:
        """The blocks staged for a name, by id."""
        rows = self._database.execute(
            "SELECT block, content, size FROM staged WHERE container = ? AND name = ? ORDER BY block",
            (container.id, name),
        )
        return [Block(*row) for row in rows]

    def stage(self, container: Container, name: str, block: Block) -> None:
        """Keep a block for a later list; it replaces one of the same id."""
        key = (container.id, name, block.id)
        with self._change() as unused:
            unused.extend(self._names("SELECT content FROM staged WHERE container = ? AND name = ? AND block = ?", key))
            self._database.execute(
                "INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?, ?, ?)",
                (*key, block.content, block.size, int(self._now().timestamp())),
            )

    # within a change

    @contextmanager
    def _change(self) -> Iterator[list[str]]:
        """A transaction; the content files that it collects are removed once it is committed."""
        unused: list[str] = []
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield unused
            self._database.execute("COMMIT")
        except BaseException:
            # a full disk rolls back by itself
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
        self.contents.remove(unused)

    def _contents_of(self, blob: Blob) -> set[str]:
        return self._names("SELECT content FROM segments WHERE blob = ?", (blob.id,))

    def _staged_contents(self, container: Container, name: str) -> set[str]:
        return self._names("SELECT content FROM staged WHERE container = ? AND name = ?", (container.id, name))

    def _drop_staged(self, container: Container, name: str) -> None:
        self._database.execute("DELETE FROM staged WHERE container = ? AND name = ?", (container.id, name))

    def _names(self, query: str, values: Iterable[object] = ()) -> set[str]:
        return {row[0] for row in self._database.execute(query, tuple(values))}

    def _stamp(self) -> tuple[str, int]:
        """A new ETag, and the time. As the service's, ETags are ticks of 100 ns since year 1."""
        now = self._now()
        tick = (now - _YEAR_1) // _MICROSECOND * 10
        self._last_tick = max(tick, self._last_tick + 1)
        return f'"0x{self._last_tick:X}"', int(now.timestamp())

    def _sweep(self) -> None:
        oldest = int((self._now() - STAGED_LIFETIME).timestamp())
        self._database.execute("DELETE FROM staged WHERE staged < ?", (oldest,))
        used = self._names("SELECT content FROM segments UNION SELECT content FROM staged")
        self.contents.remove(self.contents.names() - used)


def _container(row: tuple[int, str, str, int, str]) -> Container:
    key, name, etag, modified, metadata = row
    return Container(key, name, etag, modified, json.loads(metadata))


def _blob(row: tuple[int, int, str, int, str, int, int, str, str]) -> Blob:
    key, container, name, size, etag, created, modified, properties, metadata = row
    return Blob(key, container, name, size, etag, created, modified, json.loads(properties), json.loads(metadata))
