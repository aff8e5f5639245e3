"""Times as the service writes them: UTC with seven decimals in bodies, RFC 1123 in headers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from batchspec.emulator.wire.errors import header_error

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?"
)

_LAST = 253_402_300_799_999_999  # the last microsecond of the year 9999: what is nearer to its end is rounded to it


def wire_time(seconds: float) -> str:
    """UNIX seconds as bodies carry them, to the microsecond; such texts sort as the times do."""
    whole, micros = divmod(min(round(seconds * 1e6), _LAST), 1_000_000)
    return f"{_to_the_second(whole)}.{micros:06}0Z"


@lru_cache(maxsize=4096)  # thousands of tasks share their seconds
def _to_the_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()[:19]


def unix_time(canonical: str) -> float:
    """The UNIX seconds of a canonical time."""
    moment = datetime.fromisoformat(canonical[:19]).replace(tzinfo=timezone.utc)
    return moment.timestamp() + float(canonical[19:-1])


def parse_time(text: str) -> str:
    """Any ISO-8601 time, canonical as `wire_time` writes it; a time without a zone is UTC.

    Raises ValueError for what is no time. Digits beyond the seventh decimal are dropped.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError("not a date and time")
    year, month, day, hour, minute, second, decimals, _, sign, offset_hours, offset_minutes = match.groups()
    moment = datetime(  # noqa: DTZ001 - the offset is taken away by hand, to keep the seventh decimal
        int(year), int(month), int(day), int(hour), int(minute), int(second or 0)
    )
    if sign:
        offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
        try:
            moment -= offset if sign == "+" else -offset
        except OverflowError:
            raise ValueError("a time out of range") from None
    return f"{moment.isoformat()}.{(decimals or '')[:7]:0<7}Z"


def header_time(seconds: float) -> str:
    """UNIX seconds as headers carry them, to the second."""
    return _header_time(int(seconds))


@lru_cache(maxsize=4096)  # as above
def _header_time(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, timezone.utc), usegmt=True)


def parse_header_time(name: str, text: str) -> datetime:
    """The time (aware) in a header; raises the service's refusal for what is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        raise header_error(name, text, "not an RFC 1123 date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
