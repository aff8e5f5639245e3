"""The one border where foreign exceptions become ours.

    an answer with a status     by its status: see `_BY_STATUS`
    no answer, or a broken one  Unreachable
    no token                    Unauthorized
    never sent                  Refused

Nothing of a foreign exception's text is shown but what the service itself says: the text of a transport's
exception holds the URL, and with it a signature.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

import requests
import urllib3
from azure.batch.models import BatchErrorException, CreateTasksErrorException
from azure.core import exceptions as core
from msrest import exceptions as msrest

from batchspec.errors import (
    BatchspecError,
    Busy,
    Conflict,
    NotFound,
    PreconditionFailed,
    Refused,
    ServiceError,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from batchspec.service.hints import clock_hint, hint_for

_BY_STATUS: Mapping[int, type[ServiceError]] = MappingProxyType(
    {
        304: PreconditionFailed,
        401: Unauthorized,
        403: Unauthorized,
        404: NotFound,
        408: Busy,
        409: Conflict,
        412: PreconditionFailed,
        413: TooLarge,
        429: Busy,
        500: Busy,
        502: Busy,
        503: Busy,
        504: Busy,
    }
)

# Most specific first: the first row that fits decides.
_WITH_ANSWER = (msrest.HttpOperationError, core.HttpResponseError)
_UNAUTHORIZED = (msrest.TokenExpiredError, msrest.AuthenticationError, core.ClientAuthenticationError)
_NEVER_SENT = (
    msrest.ValidationError,
    core.SerializationError,
    CreateTasksErrorException,  # only the SDK's own add_collection raises it, which we do not call
)
_NO_ANSWER = (
    msrest.ClientException,
    core.AzureError,
    core.DeserializationError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
)
FOREIGN = (*_WITH_ANSWER, *_UNAUTHORIZED, *_NEVER_SENT, *_NO_ANSWER)


@contextmanager
def translated(where: str, gone: Callable[[], BatchspecError | None] = lambda: None) -> Iterator[None]:
    """Raise ours for theirs. where: the service's URL, for messages; gone: see Account."""
    try:
        yield
    except FOREIGN as error:
        ours = translate(error, where)
        last = gone() if isinstance(ours, Unreachable) else None
        raise last or ours from None


@contextmanager
def understood(where: str) -> Iterator[None]:
    """Read an answer's JSON: one that is not what the service documents counts as no answer."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unreachable(f"{where} did not answer: its answer cannot be read", _unreachable_hint(where)) from None


def translate(error: Exception, where: str) -> BatchspecError:
    """Our exception for one of theirs."""
    if isinstance(error, _WITH_ANSWER):
        response = getattr(error, "response", None)
        status = getattr(response, "status_code", None)
        if status:
            return _answered(error, response, int(status), where)
    if isinstance(error, _UNAUTHORIZED):
        hint = 'sign in with "az login", or set the account\'s key'
        return Unauthorized(f"no token for {where}: {_first_line(error)}", hint)
    if isinstance(error, _NEVER_SENT):
        return Refused(f"the request was not sent: {_first_line(error)}")
    return Unreachable(f"{where} did not answer: {_reason(error)}", _unreachable_hint(where))


def _answered(error: Exception, response: Any, status: int, where: str) -> ServiceError:
    code, message, values = _batch_body(response) if isinstance(error, BatchErrorException) else _body(error)
    if 300 <= status < 400 and status != 304:
        message = message or "it redirects elsewhere, and a redirect is not followed"
    kind = _BY_STATUS.get(status, Refused)
    text = message or f"it answered with status {status}"
    clock = clock_hint(response.headers.get("Date") or "", datetime.now(timezone.utc)) if kind is Unauthorized else None
    return kind(
        text if message else f"{where}: {text}",
        clock or hint_for(code, values),
        code=code,
        status=status,
        values=values,
        retry_after=_retry_after(response.headers),
    )


def _batch_body(response: Any) -> tuple[str, str, dict[str, str]]:
    """Code, message and details. A proxy on the way answers with anything, so nothing is taken for granted."""
    try:
        body = json.loads(response.content.decode("utf-8-sig"))
        values = {str(pair["key"]): str(pair["value"]) for pair in body.get("values") or ()}
        return str(body["code"]), _clean(str(body["message"]["value"])), values
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", "", {}


def _body(error: Any) -> tuple[str, str, dict[str, str]]:
    code = getattr(error, "error_code", None) or ""
    code = str(getattr(code, "value", code))
    # Without a code the SDK's text is the status line, or a page of HTML.
    return code, _clean(str(error.message)) if code else "", {}


def _clean(message: str) -> str:
    """Without the lines for the vendor's support that end every message."""
    return message.partition("\nRequestId:")[0].strip().removeprefix("The specified request failed. ")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds. The header holds a number, or a date, which we count from the answer's own."""
    text = (headers.get("Retry-After") or "").strip()
    if text.isdigit():
        return float(text)
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date") or "")
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


_REASONS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((urllib3.exceptions.NameResolutionError,), "there is no such host"),
    ((ConnectionRefusedError,), "connection refused"),
    ((ConnectionResetError, BrokenPipeError), "the connection was closed"),
    (
        (requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError, core.ServiceRequestTimeoutError),
        "the connection took too long",
    ),
    (
        (requests.Timeout, urllib3.exceptions.TimeoutError, core.ServiceResponseTimeoutError, TimeoutError),
        "the answer took too long",
    ),
    ((requests.exceptions.SSLError, urllib3.exceptions.SSLError), "its certificate is not accepted"),
    (
        (core.DeserializationError, core.DecodeError, requests.exceptions.ContentDecodingError),
        "its answer cannot be read",
    ),
    ((requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema), "its URL is not valid"),
)


def _reason(error: BaseException) -> str:
    chain = list(_chain(error))
    for kinds, reason in _REASONS:
        if any(isinstance(link, kinds) for link in chain):
            return reason
    return "the connection broke"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps, in whatever way its maker does so."""
    todo, seen = [error], set()
    while todo:
        link = todo.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        held = (link.__cause__, link.__context__, getattr(link, "reason", None), *link.args)
        inner = (getattr(link, "inner_exception", None), getattr(link, "inner_exc", None))
        todo += [other for other in (*held, *inner) if isinstance(other, BaseException)]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].strip().rstrip(".") or type(error).__name__


def _unreachable_hint(where: str) -> str:
    return f"check that {where} is right and that this machine can reach it"
