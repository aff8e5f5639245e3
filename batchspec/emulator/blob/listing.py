"""Pages of names, with the names below a delimiter folded into one prefix each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from batchspec.emulator.blob.model import Blob, Page


def list_page(
    names_from: Callable[[str, int], Iterator[Blob]], prefix: str, delimiter: str, start: str, limit: int
) -> Page:
    """At most `limit` blobs and common prefixes, those that begin with `prefix`, from `start` on.

    `names_from(first, count)` gives at most `count` blobs from `first` on, by name, as they are asked for. A
    folded prefix is left by a jump behind it, so a page costs by what it shows, not by what it folds.
    """
    items: list[Blob | str] = []
    position: str | None = max(prefix, start)
    while position is not None:
        first, position = position, None
        for blob in names_from(first, limit + 1 - len(items)):
            if not blob.name.startswith(prefix):
                break
            if len(items) == limit:
                return Page(tuple(items), blob.name)
            folded = _fold(blob.name, prefix, delimiter)
            if folded is not None:
                items.append(folded)
                position = _after(folded)
                break
            items.append(blob)
    return Page(tuple(items), None)


def _fold(name: str, prefix: str, delimiter: str) -> str | None:
    if not delimiter:
        return None
    head, found, _ = name[len(prefix) :].partition(delimiter)
    return prefix + head + found if found else None


def _after(prefix: str) -> str | None:
    """The first name in order that lies behind all names with this prefix, if there can be any."""
    code = ord(prefix[-1]) + 1
    if 0xD800 <= code <= 0xDFFF:  # no characters: the halves of UTF-16 pairs
        code = 0xE000
    return prefix[:-1] + chr(code) if code < 0x110000 else None
