"""The SQLite file that names everything: `blobs.db`, 0600, write-ahead log.

A commit reaches the system, not the platter: it survives the end of the process, however abrupt.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE containers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    metadata TEXT NOT NULL
);
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    properties TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (container, name)
);
-- the committed blocks of a blob, in order; the same content may stand in it twice
CREATE TABLE segments (
    blob INTEGER NOT NULL REFERENCES blobs ON DELETE CASCADE,
    place INTEGER NOT NULL,
    block TEXT NOT NULL,
    content TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (blob, place)
) WITHOUT ROWID;
-- blocks that no Put Block List has named yet, of blobs that need not exist
CREATE TABLE staged (
    container INTEGER NOT NULL REFERENCES containers ON DELETE CASCADE,
    name TEXT NOT NULL,
    block TEXT NOT NULL,
    content TEXT NOT NULL,
    size INTEGER NOT NULL,
    staged INTEGER NOT NULL,
    PRIMARY KEY (container, name, block)
) WITHOUT ROWID;
"""


def open_database(path: Path) -> sqlite3.Connection:
    """The database, made if it is not there.

    Raises sqlite3.DatabaseError when the file is none, or one that another version of the emulator made.
    """
    # SQLite gives the log and the index of a database the mode of the database
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA foreign_keys = ON")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        elif version != SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"schema version {version}, not {SCHEMA_VERSION}")
    except BaseException:
        database.close()
        raise
    return database
