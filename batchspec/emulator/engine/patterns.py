"""The files that an output file's pattern means: below the run's directory, and never outside it by way of a link."""

from __future__ import annotations

import glob
import os
import re
import stat
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TOKEN = re.compile(r"\[!?[^\]/]+\]|.", re.DOTALL)
_MEMBER = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def matches(run_dir: str, pattern: str, path: str | None) -> Iterator[tuple[str, str]]:
    """The files that match and the blob name of each.

    Patterns are relative to the working directory, but may name what stands beside it, such as `../std*.txt`.
    """
    inner = os.path.relpath(os.path.join(run_dir, "wd", pattern), run_dir)  # noqa: PTH118 - Path keeps ".."
    if inner.split("/")[0] in (".", ".."):
        return
    if not glob.has_magic(inner):
        file = f"{run_dir}/{inner}"
        if _ours(file, run_dir):
            yield file, path or Path(file).name
        return
    fixed, rest = _split(inner)
    fits = _matcher(rest)
    top = f"{run_dir}/{fixed}".rstrip("/")
    if fixed and not _within(top, run_dir):
        return
    depth = None if "**" in rest.split("/") else rest.count("/")
    for directory, below, names in os.walk(top):  # does not follow links to directories
        prefix = "" if directory == top else f"{directory[len(top) + 1 :]}/"
        if depth is not None and prefix.count("/") >= depth:
            below.clear()
        for name in sorted(names):
            file = f"{directory}/{name}"
            if fits(prefix + name) and _ours(file, run_dir):
                yield file, f"{path.rstrip('/')}/{prefix}{name}" if path else prefix + name


def _split(inner: str) -> tuple[str, str]:
    """The directories above the first wildcard, to which blob names are relative; and the rest."""
    parts = inner.split("/")
    first = next(place for place, part in enumerate(parts) if glob.has_magic(part))
    return "/".join(parts[:first]), "/".join(parts[first:])


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(_expression(pattern)).fullmatch


def _expression(pattern: str) -> str:
    """`*`, `?` and `[...]` stay within one name; `**` is any number of directories."""
    *directories, name = pattern.split("/")
    above = "".join("(?:[^/]+/)*" if part == "**" else f"{_name_expression(part)}/" for part in directories)
    return above + ("(?:[^/]+/)*[^/]+" if name == "**" else _name_expression(name))


def _name_expression(part: str) -> str:
    return _TOKEN.sub(_translate, part)


def _translate(token: re.Match[str]) -> str:
    text = token[0]
    if text == "*":
        return "[^/]*"
    if text == "?":
        return "[^/]"
    return _set(text[1:-1]) if len(text) > 1 else re.escape(text)


def _set(inside: str) -> str:
    """`[abc]`, `[a-c]`, `[!abc]`; with a range that runs backwards, the text as it stands."""
    negated = inside.startswith("!") and len(inside) > 1
    members = _MEMBER.findall(inside[negated:])
    if any(first > last for first, last, _ in members):
        return re.escape(f"[{inside}]")
    ranges = (f"{re.escape(first)}-{re.escape(last)}" if first else re.escape(one) for first, last, one in members)
    return f"(?!/)[{'^' if negated else ''}{''.join(ranges)}]"


def _ours(file: str, run_dir: str) -> bool:
    """A regular file that is, also by way of links, in the run's directory."""
    try:
        mode = os.lstat(file).st_mode
    except OSError:
        return False
    if stat.S_ISREG(mode) and "/" not in file[len(run_dir) + 1 :]:
        return True  # nearly always
    return Path(file).is_file() and _within(file, run_dir)


def _within(path: str, run_dir: str) -> bool:
    return os.path.realpath(path).startswith(f"{os.path.realpath(run_dir)}/")
