"""What a wrong word was meant to be, found in bounded work: words and lists of strangers may be very long."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

_LONGEST = 64  # characters of a word
_MOST_LOOKED_AT = 1_000  # names
_MOST_COMPARED = 40
_MOST_LISTED = 20


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name that is most like a word; None when none is like it."""
    from difflib import get_close_matches  # slow to import, and seldom asked for

    names = (name for name in islice(known, _MOST_LOOKED_AT) if abs(len(name) - len(word)) < 8)
    near = get_close_matches(word[:_LONGEST], islice(names, _MOST_COMPARED), 1, cutoff)
    return near[0] if near else None


def listing(names: Collection[str]) -> str:
    """Names for a sentence, the first of them when there are many."""
    more = len(names) - _MOST_LISTED
    return ", ".join(islice(names, _MOST_LISTED)) + (f" and {more:,} more" if more > 0 else "")
