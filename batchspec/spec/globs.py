"""Patterns of local files, matched in one walk: whatever the pattern, each folder is read once.

`*` and `?` match within a name, `**` any number of folders; names that begin with a dot only where the pattern says
the dot. From the first wildcard on, folders that are links are not entered: they could lead round in circles.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from pathlib import Path
from typing import NamedTuple

WILD = re.compile(r"[*?\[]")
_ANY = "**"


class Entry(NamedTuple):
    """What a folder holds under a name. is_folder: not so of links to folders."""

    name: str
    is_file: bool
    is_folder: bool
    is_link: bool


def walk(base: Path, pattern: str, entries: Callable[[Path], list[Entry]]) -> Iterator[tuple[str, Entry]]:
    """The files below a folder that a relative pattern matches, as paths from there, in no order."""
    segments: list[str] = []
    for segment in pattern.split("/"):
        if segment != _ANY or segments[-1:] != [_ANY]:
            segments.append(segment)
    tests, last = [_test(segment) for segment in segments], len(segments) - 1
    folders: list[tuple[str, frozenset[int]]] = [("", _spread({0}, segments))]
    while folders:
        folder, at = folders.pop()
        for entry in entries(base / folder):
            met = [position for position in at if tests[position](entry.name)]
            if last in met and entry.is_file:
                yield f"{folder}/{entry.name}" if folder else entry.name, entry
            if met and entry.is_folder:
                after = _spread(
                    {position if segments[position] == _ANY else position + 1 for position in met}, segments
                )
                if after:
                    folders.append((f"{folder}/{entry.name}" if folder else entry.name, after))


def _spread(positions: set[int], segments: list[str]) -> frozenset[int]:
    """The positions that are left, and those behind a ** that stands for no folder at all."""
    more = {at + 1 for at in positions if at < len(segments) and segments[at] == _ANY}
    return frozenset((positions | more) - {len(segments)})


def _test(segment: str) -> Callable[[str], bool]:
    if segment == _ANY:
        return lambda name: not name.startswith(".")
    if not WILD.search(segment):
        return segment.__eq__
    matches = re.compile(translate(segment)).match
    shown = segment.startswith(".")
    return lambda name: (shown or not name.startswith(".")) and matches(name) is not None


def entries_of(folder: Path) -> list[Entry]:
    """What a folder holds; nothing, when it is closed to us, or gone."""
    try:
        with os.scandir(folder) as found:
            return [
                Entry(one.name, _is_file(one), one.is_dir(follow_symlinks=False), one.is_symlink()) for one in found
            ]
    except OSError:
        return []


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
