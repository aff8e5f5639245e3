"""ISO-8601 durations as the service reads and writes them."""

from __future__ import annotations

import re
from decimal import Decimal

INFINITE = "P10675199DT2H48M5.4775807S"
"""The longest time span of the service, 2**63 - 1 ticks of 100 ns: how it writes "no limit"."""

_FORM = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,8})W)?(?:(\d{1,8})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,11})M)?(?:(\d{1,13}(?:\.\d{1,9})?)S)?)?"
)
_UNITS = (604_800, 86_400, 3_600, 60, 1)
_LONGEST = Decimal("922337203685.4775807")


def duration_seconds(text: str) -> Decimal:
    """The length in seconds, exact; raises ValueError, also for years and months, which have no length."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError("expected an ISO 8601 duration in weeks, days, hours, minutes and seconds")
    amounts = zip(match.groups(), _UNITS, strict=True)
    total = sum((Decimal(part) * unit for part, unit in amounts if part), Decimal(0))
    if total > _LONGEST:
        raise ValueError(f"longer than {INFINITE}")
    return total


def duration_text(text: str) -> str:
    """The same duration as the service writes it: days, hours, minutes and seconds, zeros left out."""
    seconds = duration_seconds(text)
    whole, decimals = int(seconds), seconds % 1
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    fraction = format(decimals, "f")[1:].rstrip("0").rstrip(".") if decimals else ""
    date = f"{days}D" if days else ""
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    if rest or fraction:
        time += f"{rest}{fraction}S"
    return f"P{date}T{time}" if time else f"P{date}" if date else "PT0S"
