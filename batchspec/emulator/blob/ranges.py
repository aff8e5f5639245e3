"""The part of a blob that a read asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from batchspec.emulator.blob.errors import BlobError

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def read_range(headers: Mapping[str, str], size: int) -> range | None:
    """The bytes asked for, cut at the blob's end; None for all of it.

    `x-ms-range` goes before `Range`. The service knows `bytes=a-` and `bytes=a-b` and gives the whole blob
    for any other form, as HTTP allows. Raises for a range that begins beyond the end.
    """
    match = _RANGE.fullmatch(headers.get("x-ms-range", headers.get("range", "")))
    if match is None:
        return None
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    if first >= size:
        raise BlobError("InvalidRange")
    return range(first, min(last + 1, size))
