"""Text with positions: where every value and every finding stands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from batchspec.errors import UnreadableFile

MOST_BYTES = 64 * 1024 * 1024 + 1  # what is longer is too long: the loader says so


@dataclass(frozen=True, order=True)
class Position:
    """A place in a text: line and column 1-based in characters, offset 0-based."""

    line: int
    column: int
    offset: int


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of a file; the end is exclusive, the path as given, with forward slashes."""

    path: str
    start: Position
    end: Position

    def __str__(self) -> str:
        return f"{self.path}:{self.start.line}:{self.start.column}"


@dataclass(frozen=True)
class SourceFile:
    """A spec's bytes, and its text when they are UTF-8."""

    path: str
    data: bytes

    @cached_property
    def text(self) -> str:
        """The text without a byte order mark; undecodable bytes become U+FFFD."""
        return self.data.decode("utf-8-sig", errors="replace")

    @cached_property
    def may_have_expressions(self) -> bool:
        """Whether "${{" may stand in a text of it, if only put together by YAML's escapes."""
        return b"${{" in self.data or b"\\" in self.data

    @cached_property
    def folder(self) -> Path:
        """The folder that the spec's relative paths start from."""
        return Path(self.path).parent

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of each line; one begins behind every line feed."""
        lines = self.text.split("\n")
        lines.pop()
        return list(accumulate([len(line) + 1 for line in lines], initial=0))

    def position(self, offset: int) -> Position:
        """The position of a character offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1, offset)

    def line(self, number: int) -> str:
        """A line's text, 1-based, without its end."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """The span between two character offsets."""
        return Span(self.path, self.position(start), self.position(end))


def read(path: str | Path) -> SourceFile:
    """Read a file. Raises UnreadableFile; what the bytes are is for the loader to judge."""
    try:
        with Path(path).open("rb") as file:  # a device may have no end
            return SourceFile(Path(path).as_posix(), file.read(MOST_BYTES))
    except OSError as error:
        raise UnreadableFile(str(path), error.strerror or str(error)) from error
