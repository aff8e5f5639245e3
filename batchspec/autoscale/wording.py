"""How findings name things: types, and the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from batchspec.autoscale.types import Type

_LONGEST = 64  # of a name that is compared
_CANDIDATES = 300


def told(types: Iterable[Type]) -> str:
    """ "a number or a vector of numbers": the types that a value may have."""
    return " or ".join(sorted(one.value for one in types))


def nearest(name: str, *known: Iterable[str]) -> str | None:
    """The known name that a name is most likely meant to be; one that differs only in case comes first."""
    from difflib import get_close_matches  # only when there is a finding

    candidates = list(islice(chain(*known), _CANDIDATES))
    plain = name.lower().lstrip("$")
    for candidate in candidates:
        if candidate.lower().lstrip("$") == plain:
            return candidate
    lowered = {candidate.lower(): candidate for candidate in candidates}
    found = get_close_matches(name[:_LONGEST].lower(), lowered, n=1, cutoff=0.7)
    return lowered[found[0]] if found else None


def differs_only_in_writing(name: str, other: str) -> bool:
    """Whether two names are one apart from case and a leading `$`."""
    return name.lower().lstrip("$") == other.lower().lstrip("$")
