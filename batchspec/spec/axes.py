"""The values of an axis: a list, a range, the files of a pattern, the rows of a table."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.errors import UnreadableFile
from batchspec.reading.limits import MAX_BYTES
from batchspec.source import SourceFile
from batchspec.spec.expression import File
from batchspec.spec.files import TOO_MANY_LOOKS, inside, is_bad, is_refused, kind, match, says_outside, within
from batchspec.spec.model import Axis

MAX_COLUMNS = 1_000


@dataclass(frozen=True)
class World:
    """What may be looked at beside the spec, and how much of it."""

    root: Path
    read: Callable[[Path], SourceFile]
    allow_outside: bool
    most: int  # values
    lenient: bool = False  # files that are not there are not needed


class BadAxis(Exception):
    """An axis whose values cannot be had; why is a finding, or was told before."""

    def __init__(self, found: Diagnostic) -> None:
        super().__init__()
        self.found = found


def values(axis: tuple[Any, ...] | Axis, world: World) -> Sequence[Any]:
    """The values of one axis. Raises BadAxis."""
    if not isinstance(axis, Axis):
        return axis
    if axis.range is not None:
        return _range(axis.range)
    return _files(axis, world) if axis.files is not None else _rows(axis, world)


def _range(numbers: int | tuple[int, ...]) -> range:
    if isinstance(numbers, int):
        return range(numbers)
    start, stop, *step = numbers
    return range(0) if step == [0] else range(start, stop, *step)


def _files(axis: Axis, world: World) -> Sequence[File]:
    pattern = axis.files or ""
    folder = axis.at("files").file.folder
    _refuse_outside(axis, "files", pattern, world)
    found = match(pattern, folder, world.root, allow_outside=world.allow_outside)
    if is_refused(pattern, folder):
        raise _bad(axis, "files", "BS007", *TOO_MANY_LOOKS)
    if not found:
        raise _bad(axis, "files", "BS215", f'the pattern "{pattern}" matches no file')
    return tuple(File(_relative(one.path, folder)) for one in found)


def _relative(path: Path, folder: Path) -> str:
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _rows(axis: Axis, world: World) -> Sequence[dict[str, str]]:
    name = axis.csv or ""
    _refuse_outside(axis, "csv", name, world)
    folder = axis.at("csv").file.folder
    path = folder / name
    if kind(path) != "file":
        raise _bad(axis, "csv", "BS216", f'the table "{name}" is not there')
    if inside(name, folder, world.root) and not within(path, world.root):
        raise _bad(axis, "csv", "BS404", f'the path "{name}" is a link that leaves the spec\'s folder')
    if path.stat().st_size > MAX_BYTES:
        raise _bad(axis, "csv", "BS216", f'the table "{name}" has more than {MAX_BYTES:,} bytes')
    try:
        text = world.read(path).data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _bad(axis, "csv", "BS216", f'the table "{name}" is not UTF-8 text') from None
    except UnreadableFile as error:
        raise _bad(axis, "csv", "BS216", error.message) from None
    return _table(axis, name, text, world.most)


def _table(axis: Axis, name: str, text: str, most: int) -> Sequence[dict[str, str]]:
    import csv  # not many specs have one

    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    made: list[dict[str, str]] = []
    header: list[str] = []
    try:
        for cells in lines:
            if not cells:  # an empty line
                continue
            if not header:
                header = _header(axis, name, cells)
                continue
            if len(cells) != len(header):
                message = f'line {lines.line_num} of "{name}" has {len(cells)} cells, and its header {len(header)}'
                raise _bad(axis, "csv", "BS216", message)
            made.append(dict(zip(header, cells, strict=True)))
            if len(made) > most:
                raise _bad(axis, "csv", "BS216", f'the table "{name}" has more than {most:,} rows')
    except csv.Error as error:
        message = f'line {lines.line_num} of "{name}" cannot be read: {error}'
        raise _bad(axis, "csv", "BS216", message) from None
    if not made:
        raise _bad(axis, "csv", "BS216", f'the table "{name}" has no rows', "write a header line, and rows below it")
    return made


def _header(axis: Axis, name: str, cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    if len(header) > MAX_COLUMNS:
        raise _bad(axis, "csv", "BS216", f'the table "{name}" has more than {MAX_COLUMNS:,} columns')
    for at, cell in enumerate(header):
        if not cell:
            raise _bad(axis, "csv", "BS216", f'column {at + 1} of "{name}" has no name')
        if cell in header[:at]:
            raise _bad(axis, "csv", "BS216", f'the table "{name}" has two columns "{cell}"')
    return header


def _refuse_outside(axis: Axis, key: str, path: str, world: World) -> None:
    allowed = world.allow_outside and says_outside(path)
    if is_bad(path) or not (allowed or inside(path, axis.at(key).file.folder, world.root)):
        hint = "keep the file beside the spec or below it, or give --allow-outside"
        raise _bad(axis, key, "BS404", f'the path "{path}" leaves the spec\'s folder', hint)


def _bad(axis: Axis, key: str, code: str, message: str, hint: str | None = None) -> BadAxis:
    return BadAxis(Diagnostic(code, message, axis.at(key).span, f"{axis.pointer}/{key}", hint))
