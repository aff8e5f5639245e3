"""The tables: operations, refusals, conditions, ranges, names."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from batchspec.emulator.blob.blocklist import read_block_list
from batchspec.emulator.blob.conditions import NotModified, check_read, check_write
from batchspec.emulator.blob.errors import ERRORS, OURS, BlobError
from batchspec.emulator.blob.operations.table import OPERATIONS, REFUSED, find_operation
from batchspec.emulator.blob.ranges import read_range
from tests.support.blob_calls import call

PATHS = {"service": "/acct", "container": "/acct/box", "blob": "/acct/box/a"}
TIME = 1_700_000_000
ETAG = '"0x1"'


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda row: f"{row.name} {row.method}")
def test_every_row_is_found_by_its_own_request(operation: object) -> None:
    row = next(item for item in OPERATIONS if item is operation)
    query = "&".join(f"{name}={value}" for name, value in (("restype", row.restype), ("comp", row.comp)) if value)

    assert find_operation(call(row.method, f"{PATHS[row.level]}?{query}")) is row


@pytest.mark.parametrize("key", REFUSED, ids=lambda key: " ".join(key))
def test_every_refusal_names_its_operation(key: tuple[str, str, str, str]) -> None:
    level, method, restype, comp = key
    query = "&".join(f"{name}={value}" for name, value in (("restype", restype), ("comp", comp)) if value)

    with pytest.raises(BlobError) as refused:
        find_operation(call("GET" if method == "*" else method, f"{PATHS[level]}?{query}"))

    assert (refused.value.status, refused.value.facts) == (501, {"Operation": REFUSED[key]})


@pytest.mark.parametrize(
    ("method", "target", "code"),
    [
        ("PATCH", "/acct/box/a", "UnsupportedHttpVerb"),
        ("DELETE", "/acct", "UnsupportedHttpVerb"),
        ("GET", "/acct/box/a?comp=surprise", "InvalidQueryParameterValue"),
        ("GET", "/acct/box?restype=directory", "InvalidQueryParameterValue"),
    ],
)
def test_what_no_table_knows_is_refused(method: str, target: str, code: str) -> None:
    with pytest.raises(BlobError) as refused:
        find_operation(call(method, target))

    assert refused.value.code == code


def test_codes_of_our_own_are_marked() -> None:
    assert OURS.issubset(ERRORS)


READS: dict[str, tuple[dict[str, str], str]] = {
    "same": ({"if-match": ETAG}, "read"),
    "any": ({"if-match": "*"}, "read"),
    "one of two": ({"if-match": f'"0x2", {ETAG}'}, "read"),
    "another": ({"if-match": '"0x2"'}, "ConditionNotMet"),
    "have it": ({"if-none-match": ETAG}, "not modified"),
    "have another": ({"if-none-match": '"0x2"'}, "read"),
    "newer": ({"if-modified-since": formatdate(TIME - 1, usegmt=True)}, "read"),
    "not newer": ({"if-modified-since": formatdate(TIME, usegmt=True)}, "not modified"),
    "unchanged": ({"if-unmodified-since": formatdate(TIME, usegmt=True)}, "read"),
    "changed": ({"if-unmodified-since": formatdate(TIME - 1, usegmt=True)}, "ConditionNotMet"),
    "etag before date": (
        {"if-none-match": '"0x2"', "if-modified-since": formatdate(TIME, usegmt=True)},
        "read",
    ),
    "no date": ({"if-modified-since": "yesterday"}, "InvalidHeaderValue"),
}


@pytest.mark.parametrize("name", READS)
def test_conditions_of_reads(name: str) -> None:
    headers, expected = READS[name]
    try:
        check_read(headers, ETAG, TIME)
        answer = "read"
    except NotModified:
        answer = "not modified"
    except BlobError as error:
        answer = error.code

    assert answer == expected


WRITES: dict[str, tuple[dict[str, str], str | None, str]] = {
    "new": ({}, None, "written"),
    "only new, is": ({"if-none-match": "*"}, None, "written"),
    "only new, is not": ({"if-none-match": "*"}, ETAG, "BlobAlreadyExists"),
    "only old, is not": ({"if-match": "*"}, None, "ConditionNotMet"),
    "not this": ({"if-none-match": ETAG}, ETAG, "ConditionNotMet"),
    "this": ({"if-match": ETAG}, ETAG, "written"),
}


@pytest.mark.parametrize("name", WRITES)
def test_conditions_of_writes(name: str) -> None:
    headers, etag, expected = WRITES[name]
    try:
        check_write(headers, etag, TIME)
        answer = "written"
    except BlobError as error:
        answer = error.code

    assert answer == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"range": "bytes=0-"}, range(10)),
        ({"range": "bytes=2-4"}, range(2, 5)),
        ({"range": "bytes=9-99"}, range(9, 10)),
        ({"x-ms-range": "bytes=1-1", "range": "bytes=5-"}, range(1, 2)),
        ({"range": "bytes=-3"}, None),
        ({"range": "bytes=4-2"}, None),
        ({"range": "lines=1-2"}, None),
    ],
)
def test_ranges(headers: dict[str, str], expected: range | None) -> None:
    assert read_range(headers, 10) == expected


def test_a_range_that_begins_behind_the_end_is_refused() -> None:
    with pytest.raises(BlobError, match="InvalidRange"):
        read_range({"range": "bytes=10-"}, 10)


def test_a_block_list_keeps_its_order_and_kinds() -> None:
    document = b"<?xml version='1.0'?><BlockList><Latest>YQ==</Latest><Committed>Yg==</Committed></BlockList>"

    assert read_block_list(document) == [("Latest", "YQ=="), ("Committed", "Yg==")]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<BlockList>",
        b"<Blocks/>",
        b"<BlockList><Newest>YQ==</Newest></BlockList>",
        b"<BlockList><Latest><Latest>YQ==</Latest></Latest></BlockList>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><BlockList><Latest>&a;</Latest></BlockList>',
    ],
)
def test_what_is_no_block_list_is_refused(document: bytes) -> None:
    with pytest.raises(BlobError, match="InvalidXmlDocument"):
        read_block_list(document)
