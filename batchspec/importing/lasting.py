"""How long signed links are good: from their end, which stands in them, back to when they were made.

A link is signed a little before what has it is made, so the length is rounded up: to minutes, hours or days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from batchspec.importing.links import LINKS

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")  # of what follows, fractions are of no use
_UNITS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))


def lasting(bodies: Sequence[Mapping[str, Any]], container: str) -> timedelta | None:
    """The longest that links into the container are good; None where nothing has one.

    bodies: as the service tells them.
    """
    found = [end - made for body in bodies if (made := _signed(body)) for end in _ends(body, container)]
    return _rounded(max(found)) if found and max(found) > timedelta() else None


def _ends(value: Any, container: str) -> Iterator[datetime]:
    if isinstance(value, list):
        for one in value:
            yield from _ends(one, container)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key not in LINKS:
                yield from _ends(one, container)
            elif isinstance(one, str) and f"{one.partition('?')[0]}/".startswith(f"{container}/"):
                end = _moment(parse_qs(one.partition("?")[2]).get("se", [""])[0])
                yield from [] if end is None else [end]


def _signed(body: Mapping[str, Any]) -> datetime | None:
    """When: of a schedule a later apply may have signed the links anew, of a job or a task nobody has."""
    changed = body.get("lastModified") if "jobSpecification" in body else None
    return _moment(changed or body.get("creationTime"))


def _moment(text: str | None) -> datetime | None:
    found = _MOMENT.match(text or "")
    return datetime.fromisoformat(found[0]) if found else None


def _rounded(length: timedelta) -> timedelta:
    """Up to whole units, of which there are two at least."""
    unit = max((one for one in _UNITS if length > 2 * one), default=_UNITS[0])
    return -(-length // unit) * unit
