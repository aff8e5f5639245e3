"""Comments that silence findings: `# batchspec: ignore[BS406]`, and `ignore-file` at the top of a file.

Only what is no error can be ignored: the comment would hide that the spec cannot run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from batchspec.diag import CODES, Diagnostic, Severity, tidy
from batchspec.source import SourceFile, Span

_MARK = b"batchspec: ignore"  # files without it pay for one search
_COMMENT = r"#[ \t]*batchspec: ignore(?P<file>-file)?\b[ \t]*(?:\[(?P<codes>[^\]\r\n]*)\])?"
_WHOLE_FILE = 0
_MOST_SUGGESTIONS = 20  # a hostile file may be full of unknown codes, and to find what is near takes time


@dataclass(eq=False)
class _Ignore:
    code: str
    span: Span
    line: int  # that it speaks of, or _WHOLE_FILE
    used: bool = False


def ignore(sources: Iterable[SourceFile], found: Iterable[Diagnostic], *, unused: bool) -> tuple[Diagnostic, ...]:
    """What is left of the findings; and what is wrong with the comments. unused: tell which silenced nothing."""
    found = tuple(found)
    # Errors, all of them; what has a pointer was found in a tree, so that its text was read.
    unread = {one.span.path for one in found if one.code < "BS1" and one.span and not one.pointer}
    known: list[_Ignore] = []
    wrong: list[Diagnostic] = []
    for source in sources:
        if source.path not in unread and _MARK in source.data:
            _read(source, known, wrong)
    if not known and not wrong:
        return found
    index: dict[tuple[str, int, str], list[_Ignore]] = {}
    for one in known:
        index.setdefault((one.span.path, one.line, one.code), []).append(one)
    left = [one for one in (*found, *wrong) if not _silenced(one, index)]
    idle = [_unused(one) for one in known if unused and not one.used]
    return tidy((*left, *(one for one in idle if not _silenced(one, index))))


def _silenced(found: Diagnostic, index: dict[tuple[str, int, str], list[_Ignore]]) -> bool:
    if found.span is None or found.severity is Severity.ERROR:
        return False
    path, line = found.span.path, found.span.start.line
    by = [*index.get((path, line, found.code), ()), *index.get((path, _WHOLE_FILE, found.code), ())]
    for one in by:
        one.used = True
    return bool(by)


def _read(source: SourceFile, known: list[_Ignore], wrong: list[Diagnostic]) -> None:
    from batchspec.reading.comments import comments

    for comment in comments(source, _COMMENT):
        match, whole_file = comment.match, comment.match["file"] is not None
        span = source.span(*match.span())
        if not (match["codes"] or "").strip():
            hint = "name the codes: # batchspec: ignore[BS406]"
            wrong.append(Diagnostic("BS902", "this comment says not which code it ignores", span, hint=hint))
        elif whole_file and not comment.first:
            hint = "move it to the top of the file, or write ignore for one line"
            wrong.append(Diagnostic("BS902", '"ignore-file" stands below the first key of the file', span, hint=hint))
        else:
            line = _WHOLE_FILE if whole_file else comment.line
            for word, place in _words(source, match):
                row = CODES.get(word)
                if row is None or row.severity == Severity.ERROR.value:
                    wrong.append(_refused(word, place, suggest=len(wrong) < _MOST_SUGGESTIONS))
                else:
                    known.append(_Ignore(word, place, line))


def _words(source: SourceFile, match: re.Match[str]) -> Iterator[tuple[str, Span]]:
    start = match.start("codes")
    for word in re.finditer(r"[^,]+", match["codes"]):
        text = word[0].strip()
        at = start + word.start() + len(word[0]) - len(word[0].lstrip())
        if text:
            yield text, source.span(at, at + len(text))


def _refused(word: str, place: Span, *, suggest: bool) -> Diagnostic:
    if word in CODES:
        hint = f"mend what it says: batchspec explain {word}"
        return Diagnostic("BS902", f"{word} is an error, which cannot be ignored", place, hint=hint)
    return Diagnostic("BS902", f'there is no code "{word}"', place, hint=_near(word[:40]) if suggest else None)


def _near(word: str) -> str:
    from difflib import get_close_matches  # slow to import, and seldom asked for

    named = {row.name: row.code for row in CODES.values()}
    near = get_close_matches(word.upper(), CODES, 1) or get_close_matches(word.lower(), named, 1)
    return f'did you mean "{named.get(near[0], near[0])}"?' if near else '"batchspec rules" lists them'


def _unused(one: _Ignore) -> Diagnostic:
    where = "in this file" if one.line == _WHOLE_FILE else "here"
    return Diagnostic("BS901", f"{one.code} is ignored {where}, where nothing has it", one.span, hint="take it out")
