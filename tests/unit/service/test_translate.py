from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
import requests
import urllib3
from azure.batch import models
from azure.core import exceptions as core
from msrest import exceptions as msrest

from batchspec.errors import (
    BatchspecError,
    Busy,
    Conflict,
    LocalFailure,
    NotFound,
    PreconditionFailed,
    Refused,
    ServiceError,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from batchspec.service.hints import clock_hint
from batchspec.service.translate import FOREIGN, translate, translated

WHERE = "https://acct.example"
MODULES = (
    "azure.batch.models",
    "azure.core.exceptions",
    "azure.identity",
    "azure.storage.blob",
    "msrest.exceptions",
    "requests.exceptions",
    "urllib3.exceptions",
)


# Of a proxy that cannot be meant; no HTTPError, and nothing that a service did.
NOT_OF_A_REQUEST = {urllib3.exceptions.ProxySchemeUnsupported}


def foreign_classes() -> Iterator[type[Exception]]:
    seen: set[type] = set(NOT_OF_A_REQUEST)
    for name in MODULES:
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            ours = kind.__module__.split(".")[0] in ("azure", "msrest", "requests", "urllib3")
            if issubclass(kind, Exception) and not issubclass(kind, Warning) and ours and kind not in seen:
                seen.add(kind)
                yield kind


def test_a_service_that_is_known_to_be_gone_is_told_instead_of_no_answer() -> None:
    why = LocalFailure("the service has ended")

    with pytest.raises(LocalFailure) as caught, translated(WHERE, lambda: why):
        raise requests.ConnectionError

    assert caught.value is why


def test_a_service_that_answers_is_not_asked_whether_it_is_gone() -> None:
    with pytest.raises(Refused), translated(WHERE, lambda: LocalFailure("the service has ended")):
        raise core.SerializationError


@pytest.mark.parametrize("kind", sorted(foreign_classes(), key=str), ids=lambda kind: kind.__name__)
def test_every_exception_class_of_the_sdks_crosses_the_border_as_ours(kind: type[Exception]) -> None:
    error = kind.__new__(kind)

    with pytest.raises(BatchspecError), translated(WHERE):
        raise error


def test_what_is_none_of_theirs_passes_the_border_as_it_is() -> None:
    assert not issubclass(KeyError, FOREIGN)

    with pytest.raises(KeyError), translated(WHERE):
        raise KeyError


def response(status: int, body: bytes = b"", **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body
    made.headers.update(headers)
    return made


def batch_error(status: int, body: bytes = b"", **headers: str) -> models.BatchErrorException:
    def deserialize(*_: object) -> None:
        raise msrest.DeserializationError

    return models.BatchErrorException(deserialize, response(status, body, **headers))


REFUSAL = b"""{"code": "InvalidPropertyValue", "message": {"lang": "en-US", "value":
"The value is invalid.\\nRequestId:1\\nTime:2"}, "values": [{"key": "PropertyName", "value": "vmSize"}]}"""


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Refused),
        (304, PreconditionFailed),
        (400, Refused),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (408, Busy),
        (409, Conflict),
        (412, PreconditionFailed),
        (413, TooLarge),
        (416, Refused),
        (429, Busy),
        (500, Busy),
        (501, Refused),
        (502, Busy),
        (503, Busy),
        (504, Busy),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>proxy</html>", b"[]", b'{"code": 1}', b"\xff", REFUSAL])
def test_an_answer_is_judged_by_its_status_whatever_its_body(
    status: int, kind: type[ServiceError], body: bytes
) -> None:
    error = translate(batch_error(status, body), WHERE)

    assert type(error) is kind
    assert isinstance(error, ServiceError)
    assert error.status == status
    assert error.message


def test_code_values_and_message_are_the_services_own() -> None:
    error = translate(batch_error(400, REFUSAL), WHERE)

    assert isinstance(error, Refused)
    assert error.code == "InvalidPropertyValue"
    assert error.values == {"PropertyName": "vmSize"}
    assert error.message == "The value is invalid."


def test_well_known_codes_come_with_a_hint() -> None:
    body = b'{"code": "AuthenticationFailed", "message": {"value": "no"}}'

    assert "clock" in (translate(batch_error(403, body), WHERE).hint or "")


NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Thu, 01 Jan 2026 12:20:00 GMT", "12:00 UTC on this machine, and 2026-01-01 12:20 for the service, 20"),
        ("Thu, 01 Jan 2026 10:00:00 GMT", "10:00 for the service, 120 minutes apart"),
        ("Thu, 01 Jan 2026 12:10:00 GMT", None),
        ("some day", None),
        ("", None),
    ],
)
def test_two_clocks_that_do_not_agree_are_both_told(date: str, said: str | None) -> None:
    hint = clock_hint(date, NOON)

    assert (said is None and hint is None) or (said is not None and said in str(hint))


def test_a_refused_elevation_comes_with_the_lines_to_add() -> None:
    body = (
        b'{"code": "UnsupportedProperty", "message": {"value": "no"}, "values":'
        b' [{"key": "PropertyName", "value": "startTask.userIdentity.autoUser.elevationLevel"}]}'
    )

    hint = translate(batch_error(400, body), WHERE).hint

    assert hint is not None
    assert "targets: {local: {pool: {start_task: null}}}" in hint


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 10.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
    ids=["seconds", "a date", "nonsense", "nothing"],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    error = translate(batch_error(503, b"", **headers), WHERE)

    assert isinstance(error, Busy)
    assert error.retry_after == seconds


def wrapped(inner: Exception) -> Exception:
    made: Exception = msrest.ClientRequestError("Error occurred in request.", inner)
    return made


SECRET = "https://acct.example/x?sig=SECRET"
SILENT: dict[str, tuple[Exception, str]] = {
    "refused": (wrapped(requests.ConnectionError(ConnectionRefusedError(111, SECRET))), "refused"),
    "no such host": (
        core.ServiceRequestError(SECRET, error=urllib3.exceptions.NameResolutionError("h", None, SECRET)),  # type: ignore[arg-type]  # no pool
        "no such host",
    ),
    "slow to connect": (wrapped(requests.ConnectTimeout(SECRET)), "connection took too long"),
    "slow to answer": (wrapped(requests.ReadTimeout(SECRET)), "answer took too long"),
    "storage slow to answer": (core.ServiceResponseTimeoutError(SECRET), "answer took too long"),
    "reset": (wrapped(requests.ConnectionError(ConnectionResetError(104, SECRET))), "closed"),
    "certificate": (wrapped(requests.exceptions.SSLError(SECRET)), "certificate"),
    "broken off": (requests.exceptions.ChunkedEncodingError(SECRET), "broke"),
    "garbage": (core.DecodeError(SECRET), "cannot be read"),
}


@pytest.mark.parametrize(("error", "reason"), SILENT.values(), ids=SILENT)
def test_no_answer_is_told_with_its_reason_and_without_the_signed_url(error: Exception, reason: str) -> None:
    made = translate(error, WHERE)

    assert isinstance(made, Unreachable)
    assert reason in made.message
    assert "SECRET" not in made.message + str(made.hint)


def storage_error(kind: type[core.HttpResponseError], status: int, code: str) -> core.HttpResponseError:
    class Answer:
        status_code = status
        reason = "no"
        headers: dict[str, str] = {"Retry-After": "3"}  # noqa: RUF012  # an answer like any other

        def text(self) -> str:
            return ""

    made: Any = kind("It is there.\nRequestId:1\nTime:2\nErrorCode:X", response=Answer())  # type: ignore[arg-type]  # enough of one
    made.error_code = code
    return made  # type: ignore[no-any-return]  # see above


def test_a_storage_answer_keeps_its_code_and_loses_its_tail() -> None:
    error = translate(storage_error(core.ResourceExistsError, 409, "BlobAlreadyExists"), WHERE)

    assert isinstance(error, Conflict)
    assert (error.code, error.message, error.retry_after) == ("BlobAlreadyExists", "It is there.", 3.0)
