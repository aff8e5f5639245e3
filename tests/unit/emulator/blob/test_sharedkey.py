"""SharedKey for storage: the string to sign, and the requests that are turned away."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from batchspec.emulator.blob.errors import BlobError
from batchspec.emulator.blob.sharedkey import string_to_sign, verify_shared_key
from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.signature import sign
from tests.support.blob_calls import call

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
ACCOUNT = Account("acct", base64.b64encode(b"k" * 64).decode(), "http://127.0.0.1:1")


def signed(sent: datetime, key: bytes = ACCOUNT.key, name: str = "acct") -> None:
    date = format_datetime(sent, usegmt=True)
    text = string_to_sign(call("GET", "/acct/box?restype=container", x_ms_date=date), "acct")
    authorization = f"SharedKey {name}:{sign(text, key)}"
    verify_shared_key(
        call("GET", "/acct/box?restype=container", x_ms_date=date, authorization=authorization), ACCOUNT, NOW
    )


def test_the_accounts_name_stands_twice_in_the_resource() -> None:
    request = call(
        "PUT", "/acct/box/a%20b?comp=block&blockid=YQ%3D%3D", b"abc", x_ms_date="now", x_ms_b="2", x_ms_a="1"
    )

    assert string_to_sign(request, "acct") == (
        "PUT\n\n\n3\n\n\n\n\n\n\n\n\nx-ms-a:1\nx-ms-b:2\nx-ms-date:now\n/acct/acct/box/a%20b\nblockid:YQ==\ncomp:block"
    )


def test_a_length_of_zero_is_signed_as_none() -> None:
    assert string_to_sign(call("PUT", "/acct/box"), "acct").startswith("PUT\n\n\n\n\n")


@pytest.mark.parametrize(
    ("first", "second"),
    [("x-ms-meta-a_b", "x-ms-meta-a1"), ("x-ms-meta-a1", "x-ms-meta-ab"), ("x-ms-blobx", "x-ms-blob-y"),
     ("x-ms-ab", "x-ms-a-b")],
)  # fmt: skip
def test_headers_sort_by_words(first: str, second: str) -> None:
    text = string_to_sign(replace(call("GET", "/acct/box"), headers={second: "v", first: "v"}), "acct")

    assert text.index(f"\n{first}:") < text.index(f"\n{second}:")


@pytest.mark.parametrize("minutes", [-14.9, 0, 14.9])
def test_clocks_may_differ_by_a_quarter_of_an_hour(minutes: float) -> None:
    signed(NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [-15.1, 15.1, 100_000])
def test_but_not_by_more(minutes: float) -> None:
    with pytest.raises(BlobError, match="15 minutes"):
        signed(NOW + timedelta(minutes=minutes))


def test_a_signature_under_another_key_is_refused() -> None:
    with pytest.raises(BlobError, match="does not match"):
        signed(NOW, key=b"other")


def test_another_account_is_refused() -> None:
    with pytest.raises(BlobError, match="the account is not 'acct'"):
        signed(NOW, name="other")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"authorization": "Bearer x"}, "InvalidAuthenticationInfo"),
        ({"authorization": "SharedKey nothing"}, "InvalidAuthenticationInfo"),
        ({"authorization": "SharedKey acct:x"}, "AuthenticationFailed"),
        ({"authorization": "SharedKey acct:é", "date": format_datetime(NOW, usegmt=True)}, "AuthenticationFailed"),
        ({"authorization": "SharedKey acct:x", "date": "yesterday"}, "InvalidHeaderValue"),
    ],
    ids=["bearer", "no signature", "no date", "no base64", "no such date"],
)
def test_what_is_no_signature_is_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(BlobError) as refused:
        verify_shared_key(call("GET", "/acct/box", b"", **headers), ACCOUNT, NOW)

    assert refused.value.code == code
