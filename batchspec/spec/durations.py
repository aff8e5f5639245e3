"""Durations as people write them (90s, 2h30m, 7d) and as the service does (ISO 8601)."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

_SHORT = r"(?=[0-9])(?:[0-9]{1,6}d)?(?:[0-9]{1,6}h)?(?:[0-9]{1,6}m)?(?:[0-9]{1,9}s)?"
_ISO = r"P(?=[0-9T])(?:[0-9]{1,8}D)?(?:T(?=[0-9])(?:[0-9]{1,6}H)?(?:[0-9]{1,6}M)?(?:[0-9]{1,9}(?:\.[0-9]{1,7})?S)?)?"
PATTERN = f"{_SHORT}|{_ISO}"  # in the part of the regular expressions that Python and JSON Schema share

_PART = re.compile(r"([0-9.]+)([dhmsDHMS])")
_WHOLE = re.compile(f"(?:{PATTERN})")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


@lru_cache(maxsize=1024)  # many tasks have the same
def parse(text: str) -> timedelta | None:
    """The duration, or None when the text is not one. A tenth of a microsecond, as the service has it, is cut off."""
    if _WHOLE.fullmatch(text) is None:
        return None
    length = timedelta()
    for number, unit in _PART.findall(text):
        whole, _, fraction = number.partition(".")
        length += timedelta(**{_UNITS[unit.lower()]: int(whole)}, microseconds=int(fraction[:6].ljust(6, "0")))
    return length


def show(length: timedelta) -> str:
    """The short form, largest unit first: 1h30m."""
    seconds = round(length.total_seconds())
    made = ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        made += f"{count}{unit}" if count else ""
    return made or "0s"


def exact(length: timedelta) -> str:
    """The ISO form without what is zero: PT1.5S."""
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{length.microseconds:06}".rstrip("0") if length.microseconds else ""
    parts = ((hours, "H"), (minutes, "M"), (f"{seconds}{fraction}" if seconds or fraction else 0, "S"))
    time = "".join(f"{count}{unit}" for count, unit in parts if count)
    return "P" + (f"{length.days}D" if length.days else "") + (f"T{time}" if time else "") if length else "PT0S"
