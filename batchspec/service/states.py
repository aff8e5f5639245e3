"""A page of ids and states, read without making an object of each entry: a look at all tasks is hundreds of pages.

Between the texts of its entries such a page says the same each time. What it says is taken from the first one, and the
page is cut there, into ids and states in turn. One that is in any way otherwise is read as any JSON.

    {"odata.metadata":"...","value":[ {"id":"t-0","state":"active"} , {"id":"t-1",... ],"odata.nextLink":"..."}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import repeat
from operator import contains
from typing import cast

States = Iterable[tuple[str, str]]  # ids and states
_FIRST = re.compile(  # as far as its first entry; and what stands before an id, a state, the end and the next entry
    r'\s*{\s*"odata\.metadata"\s*:\s*"[^"]*"\s*,\s*"value"\s*:\s*\[\s*'
    r'({\s*"id"\s*:\s*")[^"]*("\s*,\s*"state"\s*:\s*")[^"]*("\s*})(\s*,\s*)?'
)
_LAST = re.compile(r'\]\s*(?:,\s*"odata\.nextLink"\s*:\s*"([^"]*)"\s*)?}\s*')
_WORDS = {word: word for word in ("active", "preparing", "running", "completed")}  # one text for all tasks


def states(page: bytes) -> tuple[States, str]:
    """The ids and states of a page, and the link to the next one, "" on the last. Raises ValueError, KeyError."""
    return _quickly(page) or _exactly(page)


def _exactly(page: bytes) -> tuple[States, str]:
    read = json.loads(page)
    return [(entry["id"], entry["state"]) for entry in read["value"]], read.get("odata.nextLink") or ""


def _quickly(page: bytes) -> tuple[States, str] | None:
    """None where a page is not what it nearly always is."""
    if b"\\" in page:  # of a quote within a text, for one
        return None
    text = page.decode()
    end = text.rfind("]")
    first, last = _FIRST.match(text), _LAST.fullmatch(text, max(end, 0))
    if first is None or last is None:
        return None
    to_id, to_state, closed, comma = first.groups("")
    entries = text[first.end(1) : end].rstrip()
    rows = entries.removesuffix(closed).split(closed + comma + to_id)
    parts = to_state.join(rows).split(to_state)
    ids, words = parts[::2], cast("list[str]", list(map(_WORDS.get, parts[1::2])))
    # An entry has one id and one state; no quote is left in an id, and all else is a known word: so all has been cut.
    if not all(map(contains, rows, repeat(to_state))) or not len(rows) == len(ids) == len(words):
        return None
    if None in words or '"' in "".join(ids) or not entries.endswith(closed):
        return None
    return zip(ids, words, strict=True), last[1] or ""
