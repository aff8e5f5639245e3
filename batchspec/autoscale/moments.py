"""Moments and spans of time in units of 100 ns, and how they are read from text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MOST = (datetime.max.replace(tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1) * 10
_LEAST = (datetime.min.replace(tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1) * 10


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A time stamp: 100 ns since 1970, UTC."""

    ticks: int

    @property
    def when(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.ticks // 10)

    @property
    def in_range(self) -> bool:
        return _LEAST <= self.ticks <= _MOST


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A time interval."""

    ticks: int


def moment(when: datetime) -> Moment:
    """An aware datetime as a time stamp."""
    return Moment((when - EPOCH) // timedelta(microseconds=1) * 10)


# W3C-DTF (https://www.w3.org/TR/NOTE-datetime): a year up to a fraction of a second, a zone where there is a time.
# A time without a zone is taken as UTC, and a space for the "T": nothing says that the service refuses them.
_W3C = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)


def read_moment(text: str) -> Moment | None:
    """The moment that a text tells in W3C-DTF or RFC 1123; None for any other text."""
    found = _W3C.fullmatch(text.strip())
    try:
        return _w3c(found) if found else _rfc1123(text)
    except (ValueError, OverflowError):
        return None


def _w3c(found: re.Match[str]) -> Moment | None:
    year, month, day, hour, minute, second = (int(found[n] or (n in (2, 3))) for n in range(1, 7))
    fraction = (found[7] or "").ljust(7, "0")[:7]
    whole = moment(datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc))
    read = Moment(whole.ticks + int(fraction) - _offset(found[8]))
    return read if read.in_range else None


def _offset(zone: str | None) -> int:
    if zone in (None, "Z"):
        return 0
    hours, minutes = int(str(zone)[1:3]), int(str(zone)[4:6])
    return (hours * 60 + minutes) * 600_000_000 * (-1 if str(zone)[0] == "-" else 1)


def _rfc1123(text: str) -> Moment | None:
    from email.utils import parsedate_to_datetime  # only where a formula has such a text

    if not re.match(r"\s*[A-Za-z]{3},", text):
        return None
    read = parsedate_to_datetime(text)
    return moment(read if read.tzinfo else read.replace(tzinfo=timezone.utc))
