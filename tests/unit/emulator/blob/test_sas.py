"""What a token's signature covers, version by version, and what the table of layouts refuses."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone

import pytest

from batchspec.emulator.blob.call import Call, read_query
from batchspec.emulator.blob.errors import BlobError
from batchspec.emulator.blob.operations.table import find_operation
from batchspec.emulator.blob.sas import split_sas, string_to_sign, verify_sas
from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.signature import sign
from tests.support.blob_calls import call

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
ACCOUNT = Account("acct", base64.b64encode(b"k" * 64).decode(), "http://127.0.0.1:1")
BLOB = call("GET", "/acct/box/a.txt")
SERVICE = {"sp": "r", "st": "2026-01-01", "se": "2026-01-03", "sip": "127.0.0.1", "spr": "https,http", "rsct": "a/b"}

SIGNED = "r\n2026-01-01\n2026-01-03\n/blob/acct/box/a.txt\n\n127.0.0.1\nhttps,http\n"
LAYOUTS = {
    "2015-04-05": SIGNED + "2015-04-05\n\n\n\n\na/b",
    "2018-03-28": SIGNED + "2018-03-28\n\n\n\n\na/b",
    "2018-11-09": SIGNED + "2018-11-09\nb\n\n\n\n\n\na/b",
    "2020-12-06": SIGNED + "2020-12-06\nb\n\n\n\n\n\n\na/b",
    "2026-10-06": SIGNED + "2026-10-06\nb\n\n\n\n\n\n\na/b",
}


@pytest.mark.parametrize("version", LAYOUTS)
def test_the_lines_of_a_service_sas_grow_with_the_versions(version: str) -> None:
    assert string_to_sign(BLOB, {**SERVICE, "sv": version, "sr": "b"}, "acct") == LAYOUTS[version]


@pytest.mark.parametrize(("version", "scope_line"), [("2015-04-05", ""), ("2019-02-02", ""), ("2020-12-06", "\n")])
def test_the_lines_of_an_account_sas_grow_with_the_versions(version: str, scope_line: str) -> None:
    token = {"sv": version, "sp": "rl", "ss": "b", "srt": "co", "se": "2026-01-03"}

    assert string_to_sign(BLOB, token, "acct") == f"acct\nrl\nb\nco\n\n2026-01-03\n\n\n{version}\n{scope_line}"


def test_a_container_sas_is_signed_for_the_container() -> None:
    lines = string_to_sign(BLOB, {**SERVICE, "sv": "2020-12-06", "sr": "c"}, "acct").split("\n")

    assert lines[3] == "/blob/acct/box"


@pytest.mark.parametrize("version", ["2014-02-14", "", "latest", "9999"])
def test_versions_without_a_layout_are_refused(version: str) -> None:
    with pytest.raises(BlobError, match="AuthenticationFailed"):
        string_to_sign(BLOB, {**SERVICE, "sv": version, "sr": "b"}, "acct")


@pytest.mark.parametrize("resource", ["bs", "bv", "d", "f", ""])
def test_resources_that_are_not_here_are_refused(resource: str) -> None:
    with pytest.raises(BlobError, match="AuthenticationFailed"):
        string_to_sign(BLOB, {**SERVICE, "sv": "2020-12-06", "sr": resource}, "acct")


def verify(times: dict[str, str], asked: Call = BLOB) -> bool:
    token = {"sp": "r", "sr": "b", "sv": "2024-11-04", **times}
    signed = {**token, "sig": sign(string_to_sign(asked, token, "acct"), ACCOUNT.key)}
    return verify_sas(asked, signed, find_operation(asked), ACCOUNT, NOW)


@pytest.mark.parametrize(
    "times",
    [
        {"se": "2026-01-03"},
        {"se": "2026-01-02T03:05Z"},
        {"se": "2026-01-02T03:04:06Z"},
        {"se": "2026-01-02T03:04:06.1234567Z", "st": "2026-01-02T03:04:05Z"},
    ],
    ids=str,
)
def test_times_in_each_form_of_the_service_hold(times: dict[str, str]) -> None:
    assert verify(times) is False  # a reader may not replace


@pytest.mark.parametrize(
    "times",
    [
        {"se": "2026-01-02T03:04:05Z"},
        {"se": "2026-01-03", "st": "2026-01-02T03:04:06Z"},
        {"se": "2026-13-03"},
        {"se": "tomorrow"},
        {"se": "2026-01-03T00:00:00+01:00"},
        {},
    ],
    ids=str,
)
def test_other_times_do_not(times: dict[str, str]) -> None:
    with pytest.raises(BlobError, match="AuthenticationFailed"):
        verify(times)


def test_a_parameter_named_like_one_of_a_token_is_the_tokens_only_if_there_is_one() -> None:
    plain = read_query("comp=block&blockid=YQ%3D%3D")
    signed = read_query("comp=block&blockid=YQ%3D%3D&sv=2024-11-04&sp=w&sig=x%2By")

    assert split_sas(plain) == (plain, None)
    assert split_sas(signed) == (plain, {"sv": "2024-11-04", "sp": "w", "sig": "x+y"})


def test_the_time_that_counts_is_the_services() -> None:
    assert verify({"se": (NOW + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}) is False
