"""Local files that inputs name, and where they land; paths that must stay where they belong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Found:
    """A local file, and its path below the folder that inputs are put in."""

    path: Path
    name: str


def is_pattern(path: str) -> bool:
    """Whether the path has a wildcard."""
    return _WILD.search(path) is not None


def leaves(path: str) -> bool:
    """Whether a relative path is none, or goes above where it starts."""
    pure = PurePosixPath(path)
    return pure.is_absolute() or ".." in pure.parts or "\\" in path or "\x00" in path


def match(path: str, folder: Path) -> tuple[Found, ...]:
    """The files that a path or pattern means, sorted; none when there is no such file."""
    if not is_pattern(path):
        return (Found(folder / path, PurePosixPath(path).name),) if (folder / path).is_file() else ()
    fixed = 0  # what stands before the first wildcard, in whole segments
    parts = PurePosixPath(path).parts
    while not is_pattern(parts[fixed]):
        fixed += 1
    base = folder.joinpath(*parts[:fixed])
    rest = "/".join(parts[fixed:])
    names = sorted(path.relative_to(base).as_posix() for path in base.glob(rest) if path.is_file())
    return tuple(Found(base / name, name) for name in names)
