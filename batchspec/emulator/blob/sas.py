"""Shared access signatures: who else may do what, and until when.

Two kinds come here: the service SAS, for one container or blob (`sr`), and the account SAS, for kinds of
resources (`ss`, `srt`). What a signature covers grew with the versions (`sv`); the tables below say how.
Source: Microsoft, "Create a service SAS" and "Create an account SAS".

What needs something that this service does not have is refused by its name, whatever its signature:
stored access policies (`si`), user delegation (`skoid`), snapshots and versions (`sr=bs`, `sr=bv`),
directories (`sr=d`) and encryption scopes (`ses`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache

from batchspec.emulator.blob.call import Call
from batchspec.emulator.blob.errors import BlobError, bad_query, not_authentic
from batchspec.emulator.blob.operations.operation import Operation
from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.signature import same_signature

RESOURCE = "canonicalized resource"
ACCOUNT = "account name"
NOTHING = ""  # a line that stays empty here: the time of a snapshot

_OVERRIDES = ("rscc", "rscd", "rsce", "rscl", "rsct")

# From version -> the lines, newest first. A version before the last row is refused.
SERVICE_LAYOUTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("2020-12-06", ("sp", "st", "se", RESOURCE, "si", "sip", "spr", "sv", "sr", NOTHING, "ses", *_OVERRIDES)),
    ("2018-11-09", ("sp", "st", "se", RESOURCE, "si", "sip", "spr", "sv", "sr", NOTHING, *_OVERRIDES)),
    ("2015-04-05", ("sp", "st", "se", RESOURCE, "si", "sip", "spr", "sv", *_OVERRIDES)),
)
ACCOUNT_LAYOUTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("2020-12-06", (ACCOUNT, "sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses", NOTHING)),
    ("2015-04-05", (ACCOUNT, "sp", "ss", "srt", "st", "se", "sip", "spr", "sv", NOTHING)),
)

_NOT_HERE = {
    "si": "stored access policies",
    "skoid": "user delegation keys",
    "ses": "encryption scopes",
    "sdd": "directories",
}
_RESOURCES = {"b": "blob", "c": "container"}
_LEVELS = {"service": "s", "container": "c", "blob": "o"}
_NAMES = frozenset({"sv", "sr", "st", "se", "sp", "sip", "spr", "sig", "ss", "srt", *_NOT_HERE, *_OVERRIDES})
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_HEADER_TEXT = re.compile(r"[\x20-\x7e\xa0-\xff]*")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?Z)?")

# The response headers that a service SAS may set.
OVERRIDDEN_HEADERS = {
    "rscc": "Cache-Control",
    "rscd": "Content-Disposition",
    "rsce": "Content-Encoding",
    "rscl": "Content-Language",
    "rsct": "Content-Type",
}


# The SAS of a container comes with each of its blobs.
_is_genuine = lru_cache(maxsize=64)(same_signature)


def split_sas(query: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str] | None]:
    """The parameters of the operation, and those of the signature if the request carries one."""
    if "sig" not in query:
        return dict(query), None
    token = {name: value for name, value in query.items() if name in _NAMES}
    return {name: value for name, value in query.items() if name not in _NAMES}, token


def verify_sas(call: Call, sas: Mapping[str, str], operation: Operation, account: Account, now: datetime) -> bool:
    """Raise unless the token is genuine, in time, and good for this operation.

    Returns whether it may also replace a blob that is there: a token with `c` and no `w` may not.
    """
    for name, what in _NOT_HERE.items():
        if name in sas:
            raise not_authentic(f"this local service has no {what} ({name})")
    _check_signature(call, sas, account)
    _check_times(sas, now)
    if "http" not in sas.get("spr", "https,http").split(","):
        raise BlobError("AuthorizationProtocolMismatch")
    _check_address(sas.get("sip", ""), call.client_ip)
    _check_overrides(sas)
    if "srt" in sas:
        _check_kinds(sas, operation)
        needed = operation.account_permissions
    else:
        needed = operation.service_permissions
        if sas["sr"] == "b" and call.level != "blob":
            needed = ""
    if not set(needed) & set(sas.get("sp", "")):
        raise BlobError("AuthorizationPermissionMismatch")
    return "w" in sas["sp"]


def string_to_sign(call: Call, sas: Mapping[str, str], account: str) -> str:
    """What the token's signature covers; raises for versions and resources that have no layout."""
    version = sas.get("sv", "")
    layouts = ACCOUNT_LAYOUTS if "srt" in sas else SERVICE_LAYOUTS
    lines = next((lines for since, lines in layouts if version >= since), None)
    if lines is None or not _DATE.fullmatch(version):
        raise not_authentic(f"no version '{version}' of shared access signatures (sv)")
    values = {**sas, NOTHING: "", ACCOUNT: account}
    if "srt" not in sas:
        values[RESOURCE] = _resource(call, sas, account)
    return "\n".join(values.get(line, "") for line in lines)


def _resource(call: Call, sas: Mapping[str, str], account: str) -> str:
    kind = _RESOURCES.get(sas.get("sr", ""))
    if kind is None:
        raise not_authentic(f"the signed resource '{sas.get('sr', '')}' (sr) is neither b nor c")
    path = f"/{call.container}/{call.blob}" if kind == "blob" else f"/{call.container}"
    return f"/blob/{account}{path}"


def _check_signature(call: Call, sas: Mapping[str, str], account: Account) -> None:
    text = string_to_sign(call, sas, account.name)
    if not _is_genuine(text, sas["sig"], account.key):
        raise not_authentic(f"Signature did not match. String to sign used was {text}")


def _check_times(sas: Mapping[str, str], now: datetime) -> None:
    if not sas.get("se"):
        raise not_authentic("the signed expiry (se) is missing")
    start = _time("st", sas["st"]) if sas.get("st") else now
    expiry = _time("se", sas["se"])
    if not start <= now < expiry:
        raise not_authentic(
            "Signature not valid in the specified time frame:"
            f" Start [{sas.get('st', '')}] - Expiry [{sas['se']}] - Current [{now:%Y-%m-%dT%H:%M:%SZ}]"
        )


@lru_cache(maxsize=64)
def _time(name: str, text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise not_authentic(f"'{text}' ({name}) is no UTC time in ISO 8601")
    # fractions of a second do not matter, and Python 3.10 reads neither seven decimals nor a Z
    whole = text.partition(".")[0].rstrip("Z")
    try:
        return datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
    except ValueError:
        raise not_authentic(f"'{text}' ({name}) is no time") from None


def _check_address(allowed: str, client: str) -> None:
    if not allowed:
        return
    first, _, last = allowed.partition("-")
    try:
        low, high = ipaddress.IPv4Address(first), ipaddress.IPv4Address(last or first)
    except ValueError:
        raise not_authentic(f"'{allowed}' (sip) is no IPv4 address or range") from None
    if not low <= ipaddress.IPv4Address(client) <= high:
        raise BlobError("AuthorizationSourceIPMismatch", SourceIP=client)


def _check_overrides(sas: Mapping[str, str]) -> None:
    for name in OVERRIDDEN_HEADERS:
        if name in sas and not _HEADER_TEXT.fullmatch(sas[name]):
            shown = ascii(sas[name])[1:-1]
            raise bad_query(name, shown, "a header holds printable characters of Latin-1 only")


def _check_kinds(sas: Mapping[str, str], operation: Operation) -> None:
    if "b" not in sas.get("ss", ""):
        raise BlobError("AuthorizationServiceMismatch")
    if _LEVELS[operation.level] not in sas["srt"]:
        raise BlobError("AuthorizationResourceTypeMismatch")
