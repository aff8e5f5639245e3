"""SharedKey: what is signed, and who is refused."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.auth import CLOCK_SKEW, string_to_sign, verify
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.signature import sign

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_795_355_553.0
ACCOUNT = Account("acct", "c2VjcmV0IGtleQ==", "http://127.0.0.1:1")
QUERY = (("api-version", "2024-02-01.19.0"),)
Headers = dict[str, str]


def signed(path: str = "/jobs/j", *, at: float = NOW, key: bytes = ACCOUNT.key) -> Headers:
    headers = {"ocp-date": formatdate(at, usegmt=True)}
    signature = sign(string_to_sign("GET", path, QUERY, headers, "acct"), key)
    return {**headers, "authorization": f"SharedKey acct:{signature}"}


def attempt(headers: Headers, path: str = "/jobs/j") -> None:
    verify(ACCOUNT, "GET", path, QUERY, headers, NOW)


def test_the_string_to_sign_is_the_one_that_the_sdk_was_seen_to_sign() -> None:
    headers = {
        "content-length": "31",
        "content-type": "application/json; odata=minimalmetadata; charset=utf-8",
        "ocp-date": "Sun, 22 Nov 2026 13:52:33 GMT",
        "client-request-id": "not signed",
    }

    text = string_to_sign("POST", "/jobs/j/tasks", QUERY, headers, "acct")

    assert text == (
        "POST\n\n\n31\n\napplication/json; odata=minimalmetadata; charset=utf-8\n\n\n\n\n\n\n"
        "ocp-date:Sun, 22 Nov 2026 13:52:33 GMT\n/acct/jobs/j/tasks\napi-version:2024-02-01.19.0"
    )


def test_the_query_is_sorted_decoded_and_only_the_first_value_of_a_name_counts() -> None:
    query = parse_qsl("b=2&a=x%20y&b=3&empty=", keep_blank_values=True)

    text = string_to_sign("GET", "/jobs", query, {}, "acct")

    assert text.endswith("/acct/jobs\na:x y\nb:2")


def test_the_path_is_signed_as_it_was_sent() -> None:
    assert "/acct/files/wd%2Fa.txt" in string_to_sign("GET", "/files/wd%2Fa.txt", (), {}, "acct")


def test_a_request_signed_with_the_key_passes() -> None:
    attempt(signed())


def without_authorization() -> Headers:
    return {"ocp-date": formatdate(NOW, usegmt=True)}


def with_authorization(text: str) -> Callable[[], Headers]:
    return lambda: {**without_authorization(), "authorization": text}


REFUSED: dict[str, tuple[Callable[[], Headers], str]] = {
    "no authorization": (without_authorization, "AuthenticationFailed"),
    "another key": (lambda: signed(key=b"another"), "AuthenticationFailed"),
    "another path": (lambda: signed("/jobs/other"), "AuthenticationFailed"),
    "a header changed after signing": (lambda: {**signed(), "if-match": "*"}, "AuthenticationFailed"),
    "an ocp header added after signing": (lambda: {**signed(), "ocp-range": "bytes=0-"}, "AuthenticationFailed"),
    "another account": (with_authorization("SharedKey other:c2ln"), "AuthenticationFailed"),
    "a bearer token": (with_authorization("Bearer abc"), "AuthenticationFailed"),
    "too old": (lambda: signed(at=NOW - CLOCK_SKEW - 1), "AuthenticationFailed"),
    "from the future": (lambda: signed(at=NOW + CLOCK_SKEW + 1), "AuthenticationFailed"),
    "no time": (lambda: {"authorization": signed()["authorization"]}, "AuthenticationFailed"),
    "no colon": (with_authorization("SharedKey acct"), "InvalidAuthenticationInfo"),
    "another scheme": (with_authorization("Basic acct:c2ln"), "InvalidAuthenticationInfo"),
    "a signature that is not base64": (with_authorization("SharedKey acct:!!"), "InvalidAuthenticationInfo"),
    "a signature that is not ASCII": (with_authorization("SharedKey acct:\xe9"), "InvalidAuthenticationInfo"),
    "a time that is none": (lambda: {**signed(), "ocp-date": "yesterday"}, "InvalidHeaderValue"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_that_is_not_soundly_signed_is_refused(case: str) -> None:
    headers, code = REFUSED[case]

    with pytest.raises(BatchError) as refusal:
        attempt(headers())

    assert refusal.value.code == code


def test_a_clock_that_is_almost_a_quarter_of_an_hour_off_passes() -> None:
    attempt(signed(at=NOW - CLOCK_SKEW + 1))


def test_an_account_does_not_show_its_key() -> None:
    assert ACCOUNT.key_base64 not in repr(ACCOUNT)
