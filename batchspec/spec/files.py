"""Local files that inputs name, and where they land; paths that must stay where they belong."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Found:
    """A local file, and its path below the folder that inputs are put in."""

    path: Path
    name: str


def is_pattern(path: str) -> bool:
    """Whether the path has a wildcard."""
    return _WILD.search(path) is not None


def fixed_part(path: str) -> str:
    """The folders before the first wildcard; all of a path that has none."""
    parts = PurePosixPath(path).parts
    wild = next((at for at, part in enumerate(parts) if is_pattern(part)), len(parts))
    return "/".join(parts[:wild])


def url_name(url: str) -> str:
    """What a file of a URL is called: its last segment."""
    return unquote(urlsplit(url).path.rpartition("/")[2]) or "download"


def plain(path: str) -> str:
    """A path without anything that means nothing: no `.`, no doubled or last slash."""
    return PurePosixPath(path).as_posix()


def leaves(path: str) -> bool:
    """Whether a relative path is none, or goes above where it starts."""
    pure = PurePosixPath(path)
    return pure.is_absolute() or ".." in pure.parts or "\\" in path or "\x00" in path


def kind(path: Path) -> str:
    """What is there: "file", "folder" or nothing, "". A name too long, or a folder that is closed to us, is nothing."""
    try:
        return "file" if path.is_file() else "folder" if path.is_dir() else ""
    except OSError:
        return ""


def beside(path: Path) -> list[str]:
    """The names in the folder of a path, as far as they can be read."""
    try:
        return [one.name for one in path.parent.iterdir()]
    except OSError:
        return []


def match(path: str, folder: Path) -> tuple[Found, ...]:
    """The files that a path or pattern means, sorted, none that a link takes out of the folder."""
    return tuple(found for found in _match(path, folder) if within(found.path, folder))


def within(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, is in the folder."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a circle of links
        return False


def _match(path: str, folder: Path) -> tuple[Found, ...]:
    if not is_pattern(path):
        return (Found(folder / path, PurePosixPath(path).name),) if kind(folder / path) == "file" else ()
    base = folder / fixed_part(path)
    rest = PurePosixPath(path).relative_to(fixed_part(path)).as_posix()
    # Path.glob takes a last ** for folders alone before Python 3.13.
    names = sorted(glob.glob(rest, root_dir=base, recursive=True))  # noqa: PTH207
    return tuple(Found(base / name, name.replace(os.sep, "/")) for name in names if kind(base / name) == "file")
