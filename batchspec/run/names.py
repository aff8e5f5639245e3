"""Names of blobs: what they have in common, and how they become paths below a folder of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

_WILD = re.compile(r"[*?\[]")
_TOKEN = re.compile(r"\[!?[^\]/]+\]|.", re.DOTALL)
_RANGE = re.compile(r"(.)-(.)|.", re.DOTALL)
_FORBIDDEN = frozenset('\\:*?"<>|')  # separators and drive letters elsewhere; and no control characters


def common_prefix(names: Collection[str]) -> str:
    """The longest text that all names start with."""
    first, last = min(names), max(names)
    same = next((at for at, letter in enumerate(first) if last[at] != letter), len(first))
    return first[:same]


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path is one that an output pattern means.

    `*`, `?` and `[...]` stay within a name, `**` is any number of folders. The service stores what a pattern
    matches without the folders before its first wildcard; a path that has them fits as well.
    """
    parts = pattern.split("/")
    wild = next((at for at, part in enumerate(parts) if _WILD.search(part)), len(parts) - 1)
    expressions = [re.compile(_expression(parts[start:])) for start in {0, wild}]
    return lambda path: any(expression.fullmatch(path) for expression in expressions)


def _expression(parts: Sequence[str]) -> str:
    *folders, name = parts
    above = "".join("(?:[^/]+/)*" if part == "**" else _segment(part) + "/" for part in folders)
    return above + (".+" if name == "**" else _segment(name))


def _segment(part: str) -> str:
    return _TOKEN.sub(_token, part)


def _token(token: re.Match[str]) -> str:
    text = token[0]
    if text in ("*", "?"):
        return "[^/]*" if text == "*" else "[^/]"
    if len(text) == 1:
        return re.escape(text)
    negated = text.startswith("[!")
    inside = _RANGE.sub(_range, text[2 if negated else 1 : -1])
    expression = f"(?!/)[{'^' if negated else ''}{inside}]"
    try:
        re.compile(expression)
    except re.error:  # such as [b-a], which means nothing
        return re.escape(text)
    return expression


def _range(one: re.Match[str]) -> str:
    return "-".join(re.escape(end) for end in ([one[0]] if one[1] is None else one.groups()))


def confined(root: Path, *names: str) -> Path | None:
    """The path `root/names...`, or None when a name would lead out of root or is no file name.

    A folder below root that is a link out of it counts as leading out. A link in the file's own place does not: a file
    that comes home takes its place.
    """
    parts = [part for name in names for part in name.split("/") if part]
    if not parts or any(part in (".", "..") or _odd(part) for part in parts):
        return None
    path = root.joinpath(*parts)
    return path if path.parent.resolve().is_relative_to(root.resolve()) else None


def _odd(part: str) -> bool:
    return any(letter in _FORBIDDEN or ord(letter) < 32 for letter in part)
