"""The parameters that both listings share."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from batchspec.emulator.blob.call import Call
from batchspec.emulator.blob.errors import BlobError, bad_query, not_implemented
from batchspec.emulator.blob.naming import has_control_characters

XML: Mapping[str, str] = MappingProxyType({"Content-Type": "application/xml"})
MAX_RESULTS = 5000

# Nothing here has snapshots, versions, tags, copies or a grave, so a list with them is the list without.
_EMPTY = frozenset(
    {
        "copy",
        "deleted",
        "deletedwithversions",
        "immutabilitypolicy",
        "legalhold",
        "permissions",
        "snapshots",
        "system",
        "tags",
        "versions",
    }
)


@dataclass(frozen=True)
class Listing:
    """What a listing asks for; `start` is the first name that may come, `limit` at most 5,000."""

    prefix: str
    delimiter: str
    marker: str
    start: str
    limit: int
    include: frozenset[str]

    def echo(self) -> dict[str, str]:
        """The parameters as the answer repeats them."""
        return {
            "Prefix": self.prefix,
            "Marker": self.marker,
            "MaxResults": str(self.limit),
            "Delimiter": self.delimiter,
        }


def read_listing(call: Call) -> Listing:
    """The parameters of a listing; raises for values that are none."""
    include = frozenset(call.query.get("include", "").split(",")) - {""}
    unknown = include - _EMPTY - {"metadata"}
    if unknown:
        raise not_implemented(f"Listing with include={','.join(sorted(unknown))}")
    for name in ("prefix", "delimiter"):
        if has_control_characters(call.query.get(name, "")):
            raise bad_query(name, "", "control characters")
    marker = call.query.get("marker", "")
    return Listing(
        prefix=call.query.get("prefix", ""),
        delimiter=call.query.get("delimiter", ""),
        marker=marker,
        start=_start(marker),
        limit=_limit(call.query.get("maxresults", "")),
        include=include,
    )


def marker_for(name: str) -> str:
    """The opaque text that lets a listing go on from a name."""
    return base64.urlsafe_b64encode(name.encode()).decode()


def _start(marker: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad_query("marker", marker, "not a marker of this service") from None


def _limit(text: str) -> int:
    if not text:
        return MAX_RESULTS
    if not text.isdecimal():
        raise bad_query("maxresults", text, "not a number")
    if int(text) == 0:
        raise BlobError("OutOfRangeQueryParameterValue", QueryParameterName="maxresults", QueryParameterValue=text)
    return min(int(text), MAX_RESULTS)
