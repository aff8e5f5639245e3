"""SharedKey: who may speak to the account.

The string to sign, one item a line: the verb; eleven headers, empty when absent; every `ocp-` header as
`name:value`, sorted; `/account/path` with the path percent-encoded as it was sent; then the query, sorted
by name, decoded, first value of a name only, empty ones left out. HMAC-SHA256 under the account's key, in base64.

The content length is signed as the header says it: "0" for a write without body, nothing for a read.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping

from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.signature import SIGNED_HEADERS, same_signature
from batchspec.emulator.wire.times import parse_header_time

CLOCK_SKEW = 15 * 60.0


def string_to_sign(
    method: str, raw_path: str, query: Iterable[tuple[str, str]], headers: Mapping[str, str], account: str
) -> str:
    """What the signature of a request covers; header names in lower case, query names as sent, decoded."""
    first: dict[str, str] = {}
    for name, value in query:
        if value:
            first.setdefault(name, value)
    lines = [method.upper()]
    lines += [headers.get(name, "") for name in SIGNED_HEADERS]
    lines += [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("ocp-")]
    lines += [f"/{account}{raw_path}"]
    lines += [f"{name}:{first[name]}" for name in sorted(first)]
    return "\n".join(lines)


def verify(
    account: Account,
    method: str,
    raw_path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    now: float,
) -> None:
    """Raise unless the request is signed with the account's key, at about `now`: UNIX seconds of the wall clock that
    callers share, never of the engine's clock, which may run fast."""
    authorization = headers.get("authorization", "")
    if not authorization:
        raise _failed("the request has no Authorization header")
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        raise _failed("this local service has no Microsoft Entra ID: sign with the account's shared key")
    name, colon, signature = credentials.strip().partition(":")
    if scheme.lower() != "sharedkey" or not colon or not name or not _is_base64(signature):
        raise BatchError("InvalidAuthenticationInfo", [("Reason", "expected 'SharedKey account:signature'")])
    if name != account.name:
        raise _failed(f"the account is not '{account.name}'")
    _check_time(headers, now)
    text = string_to_sign(method, raw_path, query, headers, account.name)
    if not same_signature(text, signature, account.key):
        raise _failed("the signature does not match: the key or what was signed differs")


def _check_time(headers: Mapping[str, str], now: float) -> None:
    name = "ocp-date" if "ocp-date" in headers else "date"
    text = headers.get(name)
    if text is None:
        raise _failed("the request has neither an ocp-date nor a Date header")
    if abs(parse_header_time(name, text).timestamp() - now) > CLOCK_SKEW:
        raise _failed(f"the request's time '{text}' is more than 15 minutes from the service's")


def _failed(detail: str) -> BatchError:
    return BatchError("AuthenticationFailed", [("AuthenticationErrorDetail", detail)])


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False
