"""From a method and a path to a row of the operations table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from batchspec.emulator.batch.operations import Operation
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.request import Request

_PARAMETER = re.compile(r"\{(\w+)\}")


class Router:
    """Finds the operation of a request; a file's path may come as one encoded segment or as several."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_length: dict[int, list[tuple[Operation, tuple[re.Pattern[str] | str, ...]]]] = {}
        for operation in operations:
            parts = operation.path.strip("/").split("/")
            self._by_length.setdefault(len(parts), []).append((operation, tuple(map(_segment, parts))))
        self._longest = max(self._by_length)

    def find(self, request: Request) -> tuple[Operation, Mapping[str, str]]:
        """The operation and the values of its path; raises InvalidUri or UnsupportedHttpVerb."""
        segments = request.segments
        known = False
        for count in range(min(len(segments), self._longest), 0, -1):
            joined = (*segments[: count - 1], "/".join(segments[count - 1 :]))
            for operation, parts in self._by_length.get(count, ()):
                if count < len(segments) and not operation.path.endswith("/{filePath}"):
                    continue
                args = _match(parts, joined)
                if args is None or request.version not in operation.versions:
                    continue
                if operation.method == request.method:
                    return operation, args
                known = True
        raise BatchError("UnsupportedHttpVerb" if known else "InvalidUri")


def _segment(part: str) -> re.Pattern[str] | str:
    if "{" not in part:
        return part
    literal = re.split(r"\{\w+\}", part)
    names = _PARAMETER.findall(part)
    pattern = re.escape(literal[0])
    for name, text in zip(names, literal[1:], strict=True):
        # alone in its segment a parameter takes all of it; certificates have two in one
        pattern += f"(?P<{name}>{'.+' if part == '{' + name + '}' else '[^,()]+'})" + re.escape(text)
    return re.compile(pattern, re.DOTALL)


def _match(parts: tuple[re.Pattern[str] | str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    args: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if isinstance(part, str):
            if part != segment.lower():
                return None
            continue
        match = part.fullmatch(segment)
        if match is None:
            return None
        args.update(match.groupdict())
    return args
