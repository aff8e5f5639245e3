"""A page of ids and states, read without making an object of each entry: a look at all tasks is hundreds of pages.

Between its quotes the text of such a page says the same for each entry. Split at the quotes, it is columns, which are
compared as a whole: all of a page is looked at, and one that is in any way otherwise is read as any JSON.

    {"odata.metadata":"...","value":[ {"id":"t-0","state":"active"} , {"id":"t-1",... ],"odata.nextLink":"..."}
"""

from __future__ import annotations

import json
from collections.abc import Iterable

States = Iterable[tuple[str, str]]  # ids and states
_HEAD = ("{", "odata.metadata", ":", None, ",", "value", ":[{")
_ENTRY = ("id", ":", None, ",", "state", ":", None)
_WORDS = {word: word for word in ("active", "preparing", "running", "completed")}  # one text for all tasks
_NEXT = ("odata.nextLink", ":", None, "}")


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
    parts = page.decode().split('"')
    link = parts[-2] if parts[-4:-3] == ["odata.nextLink"] else ""
    end = len(parts) - (len(_NEXT) if link else 0)
    entries = parts[len(_HEAD) : end]
    count, rest = divmod(len(entries), len(_ENTRY) + 1)
    if rest or not count or not _is(parts[: len(_HEAD)], _HEAD) or not _is(parts[end:], _NEXT if link else ()):
        return None
    columns = [entries[at :: len(_ENTRY) + 1] for at in range(len(_ENTRY) + 1)]
    between, last = columns[-1][:-1], columns[-1][-1]
    alike = all(
        wanted is None or (column.count(column[0]) == count and _bare(column[0]) == wanted)
        for column, wanted in zip(columns, _ENTRY, strict=False)
    )
    if not alike or (between and (between.count(between[0]) < len(between) or _bare(between[0]) != "},{")):
        return None
    if _bare(last) != ("}]," if link else "}]}"):
        return None
    found = columns[6]
    return zip(columns[2], map(_WORDS.get, found, found), strict=True), link


def _is(parts: list[str], wanted: tuple[str | None, ...]) -> bool:
    return len(parts) == len(wanted) and all(
        one is None or _bare(part) == one for part, one in zip(parts, wanted, strict=True)
    )


def _bare(text: str) -> str:
    """Without the white space of JSON."""
    return text.translate(_SPACE)


_SPACE = dict.fromkeys(map(ord, " \t\r\n"))
