"""SharedKey for storage: the account's own signature.

The string to sign, one item a line: the verb; eleven headers, empty when absent, and the length empty when
it is 0; each `x-ms-` header as `name:value`; the resource. The resource is `/account` and then the path as
sent, so that with an endpoint whose path begins with the account's name, as here, that name stands twice;
then one `name:value` line for each query parameter, sorted, decoded. HMAC-SHA256 under the key, in base64.

Source: Microsoft, "Authorize with Shared Key", for versions from 2015-02-21.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from batchspec.emulator.blob.call import Call
from batchspec.emulator.blob.errors import BlobError, bad_header, not_authentic
from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.signature import SIGNED_HEADERS, same_signature

CLOCK_SKEW = timedelta(minutes=15)

# The service sorts header names by words, as Windows does: hyphens count only between equals, and the
# other signs come before digits and letters ("_" before "1", unlike in ASCII).
_WORD_ORDER = {sign: place for place, sign in enumerate("!#$%&*.^_`|~+0123456789abcdefghijklmnopqrstuvwxyz")}


def verify_shared_key(call: Call, account: Account, now: datetime) -> None:
    """Raise unless the request is signed with the account's key, at about `now` (aware)."""
    scheme, _, credentials = call.headers["authorization"].partition(" ")
    name, colon, signature = credentials.strip().partition(":")
    if scheme.lower() == "bearer":
        raise BlobError(
            "InvalidAuthenticationInfo",
            AuthenticationErrorDetail="no Microsoft Entra ID here: use the account's key or a SAS",
        )
    if scheme.lower() != "sharedkey" or not colon:
        raise BlobError("InvalidAuthenticationInfo", AuthenticationErrorDetail="expected 'SharedKey account:signature'")
    if name != account.name:
        raise not_authentic(f"the account is not '{account.name}'")
    _check_time(call, now)
    text = string_to_sign(call, account.name)
    if not same_signature(text, signature, account.key):
        raise not_authentic(f"the signature does not match; the string to sign was '{text}'")


def string_to_sign(call: Call, account: str) -> str:
    """What a SharedKey signature covers."""
    headers = dict(call.headers)
    if headers.get("content-length") == "0":
        del headers["content-length"]
    lines = [call.method, *(headers.get(name, "") for name in SIGNED_HEADERS)]
    signed = sorted((name for name in headers if name.startswith("x-ms-")), key=_by_words)
    lines += [f"{name}:{headers[name]}" for name in signed]
    lines += [f"/{account}{call.raw_path}"]
    lines += [f"{name.lower()}:{value}" for name, value in sorted(call.query.items())]
    return "\n".join(lines)


def _by_words(name: str) -> tuple[list[int], list[bool]]:
    words = [_WORD_ORDER[sign] for sign in name if sign in _WORD_ORDER]
    return words, [sign not in _WORD_ORDER for sign in name]


def _check_time(call: Call, now: datetime) -> None:
    name = "x-ms-date" if "x-ms-date" in call.headers else "date"
    text = call.headers.get(name)
    if text is None:
        raise not_authentic("the request has neither an x-ms-date nor a Date header")
    try:
        sent = parsedate_to_datetime(text)
    except ValueError:
        raise bad_header(name, text) from None
    if sent.tzinfo is None:
        raise bad_header(name, text)
    if abs(sent - now) > CLOCK_SKEW:
        raise not_authentic(f"the request's time '{text}' is more than 15 minutes from the service's")
