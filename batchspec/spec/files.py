"""Local files that inputs name, and where they land; paths that must stay where they belong."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from batchspec.spec.globs import WILD, entries_of, walk
from batchspec.spec.looking import LOOKS_A_MATCH, MOST_LOOKS, Seen, TooManyLooks, seen


@dataclass(frozen=True)
class Found:
    """A local file, and its path below the folder that inputs are put in."""

    path: Path
    name: str


def is_pattern(path: str) -> bool:
    """Whether the path has a wildcard."""
    return WILD.search(path) is not None


def fixed_part(path: str) -> str:
    """The folders before the first wildcard; all of a path that has none."""
    parts = PurePosixPath(path).parts
    wild = next((at for at, part in enumerate(parts) if is_pattern(part)), len(parts))
    return PurePosixPath(*parts[:wild]).as_posix() if wild else ""


def url_name(url: str) -> str:
    """What a file of a URL is called: its last segment."""
    path = url.partition("#")[0].partition("?")[0].partition("://")[2]
    return unquote(path.partition("/")[2].rpartition("/")[2]) or "download"


def plain(path: str) -> str:
    """A path without anything that means nothing: no `.`, no doubled or last slash."""
    return PurePosixPath(path).as_posix()


def leaves(path: str) -> bool:
    """Whether a relative path is none, or goes above where it starts."""
    return path.startswith("/") or ".." in path.split("/") or "\\" in path or "\x00" in path


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


def is_bad(path: str) -> bool:
    """Whether a path can name no file of this machine; a pattern cannot go up again behind a wildcard."""
    behind = PurePosixPath(path).parts[len(PurePosixPath(fixed_part(path)).parts) :]
    return "\\" in path or "\x00" in path or ".." in behind


def says_outside(path: str) -> bool:
    """Whether a path says plainly that it may lead anywhere: it is absolute, or begins with ../"""
    return PurePosixPath(path).is_absolute() or PurePosixPath(path).parts[:1] == ("..",)


def inside(path: str, folder: Path, root: Path) -> bool:
    """Whether a path, written in a file of a folder, stays in the tree below the root; links are not looked at."""
    if PurePosixPath(path).is_absolute():
        return False
    # os.path: the names alone are looked at, not what is there.
    here, top = os.path.abspath(folder / fixed_part(path)), os.path.abspath(root)  # noqa: PTH100
    return here == top or here.startswith(top.rstrip(os.sep) + os.sep)


def match(path: str, folder: Path, root: Path | None = None, *, allow_outside: bool = False) -> tuple[Found, ...]:
    """The files that a path or pattern means, sorted.

    folder: where the file is that the path is written in; root: the spec's own, the same when not given. None of the
    files are outside of its tree, unless the path says so plainly and that is allowed.
    """
    known = seen()
    root = root or folder
    if known is None:
        return _found(path, folder, root, None, allow_outside)
    key = (path, folder, root, allow_outside)
    made: tuple[Found, ...] | None = known.found.get(key)
    if made is None:
        try:
            made = _found(path, folder, root, known, allow_outside)
        except TooManyLooks:
            known.refused.add((path, folder))
            made = ()
        known.found[key] = made
    return made


TOO_MANY_LOOKS = (
    f"all patterns of files together look at more than {MOST_LOOKS:,} names",
    "take fewer patterns, or name folders that hold less",
)


def is_refused(path: str, folder: Path) -> bool:
    """Whether `match` gave nothing for a pattern since all together look at too many names."""
    known = seen()
    return known is not None and (path, folder) in known.refused


def _found(path: str, folder: Path, root: Path, known: Seen | None, allow_outside: bool) -> tuple[Found, ...]:
    if is_bad(path):
        return ()
    if not inside(path, folder, root):
        return _match(path, folder, known, None) if allow_outside and says_outside(path) else ()
    if not within(folder / fixed_part(path), root):  # a link that leads out: nothing behind it is looked at
        return ()
    return _match(path, folder, known, root)


def within(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, is in the folder."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a circle of links
        return False


def _match(path: str, folder: Path, known: Seen | None, root: Path | None) -> tuple[Found, ...]:
    """root: of the tree that links may not leave."""
    if not is_pattern(path):
        return (Found(folder / path, PurePosixPath(path).name),) if kind(folder / path) == "file" else ()
    base = folder / fixed_part(path)
    rest = PurePosixPath(path).relative_to(fixed_part(path)).as_posix()
    made: list[Found] = []
    for name, entry in walk(base, rest, known.entries if known else entries_of):
        if known is not None:
            known.charge(LOOKS_A_MATCH)
        if root is None or not entry.is_link or within(base / name, root):
            made.append(Found(base / name, name))
    return tuple(sorted(made, key=lambda one: one.name))
