"""`${{ ... }}`: found in any string, evaluated in a sandbox, bounded in size and in result.

A string that is one whole expression keeps the value's type; otherwise the values become part of the text.
A plain reference (`params.date`), with a plain default or without, is looked up directly; all else is a Jinja
expression in Jinja's sandbox, imported only then. A property test holds that both ways agree.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

from batchspec.diag.nearest import listing, nearest
from batchspec.spec.budget import SMALL, Budget
from batchspec.spec.literals import operators, without_literals

if TYPE_CHECKING:
    from batchspec.spec.sandbox import Sandbox

MAX_SOURCE = 2_000  # characters of one expression
MAX_OPERATORS = 100  # of one expression
MAX_RESULT = 1_000_000  # characters of what a string becomes

_REFERENCE = re.compile(
    r"""\s*([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z_][A-Za-z0-9_]*))?\s*"""
    r"""(\|\s*default\(\s*(null|"[^"\\]*"|'[^'\\]*')\s*\)\s*)?"""
)

_NOUNS = {
    "params": ("there is no parameter", "the parameters are"),
    "matrix": ("the matrix has no axis", "its axes are"),
}

Single: TypeAlias = "bool | int | float | str | None"  # what an expression may give
Contexts: TypeAlias = "Mapping[str, Mapping[str, Any]]"
_SINGLE = (str, int, float, bool, type(None))
_NOTHING = object()


class File(str):
    """A file's path as expressions see it: a text with parts."""

    __slots__ = ()
    PARTS = frozenset(("path", "name", "stem", "suffix"))

    @property
    def path(self) -> str:
        """All of it."""
        return str(self)

    @property
    def name(self) -> str:
        """Without its folders: data/a.csv is a.csv."""
        return PurePosixPath(self).name

    @property
    def stem(self) -> str:
        """The name without its last suffix: a."""
        return PurePosixPath(self).stem

    @property
    def suffix(self) -> str:
        """The last suffix with its dot: .csv."""
        return PurePosixPath(self).suffix


class BadExpression(Exception):
    """An expression that cannot be evaluated; start and end are offsets within the string."""

    def __init__(self, message: str, start: int, end: int, hint: str | None = None, code: str = "BS207") -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.hint, self.code = message, start, end, hint, code


class Withheld(Exception):
    """A value that is not known, for a fault that is told elsewhere: what needs it stays unknown, silently."""


@dataclass(frozen=True)
class Piece:
    """One expression of a string, and where it stands there."""

    source: str
    start: int
    end: int

    def is_secret(self, hidden: Collection[str]) -> bool:
        """Whether the caller's environment has a part in it, itself or through the parameters `hidden`."""
        return self.uses("env") or self.is_secret_by(hidden)

    def is_secret_by(self, hidden: Collection[str]) -> bool:
        """Whether a hidden parameter has a part in it."""
        return bool(hidden) and any(not name or name in hidden for name in self.names("params"))

    def names(self, context: str) -> set[str]:
        """What it looks up in a context; "" is among them where that may be anything."""
        return set(re.findall(rf"(?<![\w.]){context}\b(?:\s*\.\s*(\w+))?", self.source))

    def uses(self, context: str) -> bool:
        """Whether it speaks of a context."""
        return re.search(rf"(?<![\w.]){context}\b", self.source) is not None


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[Piece, ...]:
    """The expressions of a string."""
    if "${{" not in text:
        return ()
    found: list[Piece] = []
    start = text.find("${{")
    while start >= 0:
        end = text.find("}}", start)
        if end < 0:
            raise BadExpression('"${{" is not closed by "}}"', start, len(text))
        found.append(Piece(text[start + 3 : end], start, end + 2))
        start = text.find("${{", end + 2)
    return tuple(found)


def is_whole(text: str) -> bool:
    """Whether the string is one expression and nothing else, so that the value keeps its type."""
    parts = pieces(text)
    return len(parts) == 1 and parts[0].start == 0 and parts[0].end == len(text)


def evaluate(text: str, contexts: Contexts) -> Single:
    """What the string becomes. Raises BadExpression, and Withheld as the contexts do."""
    parts = pieces(text)
    if is_whole(text):
        return value_of(parts[0], contexts)
    made, at, size = [], 0, 0
    for piece in parts:
        shown = show(value_of(piece, contexts), piece)
        size += len(shown)
        if size > MAX_RESULT:
            raise BadExpression(f"the result has more than {MAX_RESULT:,} characters", piece.start, piece.end)
        made += [text[at : piece.start], shown]
        at = piece.end
    if size > SMALL:
        _charge(size, parts[-1], _budget(contexts))
    return "".join((*made, text[at:]))


def faults(text: str, contexts: Contexts) -> list[BadExpression]:
    """All that is wrong with the string's expressions, each by itself."""
    found: list[BadExpression] = []
    whole = is_whole(text)
    for piece in pieces(text):
        with suppress(Withheld):
            found += _fault(piece, contexts, shown=not whole)
    return found


def _fault(piece: Piece, contexts: Contexts, *, shown: bool) -> list[BadExpression]:
    try:
        value = value_of(piece, contexts)
        if shown:
            show(value, piece)
    except BadExpression as error:
        return [error.with_traceback(None)]  # which would keep alive all that was worked out, itself among it
    return []


def show(value: Single, piece: Piece) -> str:
    """A value as part of a text. Raises BadExpression for null."""
    if value is None:
        raise BadExpression("the value is null, which cannot be part of a text", piece.start, piece.end)
    return str(value).lower() if isinstance(value, bool) else str(value)


def reference(piece: Piece) -> tuple[str, str, str | None] | None:
    """The context, the name and the name's part that a piece looks up, when it does nothing else."""
    match = _REFERENCE.fullmatch(piece.source)
    return (match[1], match[2], match[3]) if match and match[4] is None else None


def value_of(piece: Piece, contexts: Contexts) -> Single:
    """What one expression gives. Raises BadExpression, and Withheld as the contexts do."""
    if len(piece.source) > MAX_SOURCE:
        raise BadExpression(f"the expression has more than {MAX_SOURCE:,} characters", piece.start, piece.end)
    match = _REFERENCE.fullmatch(piece.source)
    if match and match[1] in contexts:
        context, name, fallback = contexts[match[1]], match[2], match[5]
        if name in context:
            value = context[name] if match[3] is None else part(context[name], match[3])
            if isinstance(value, File):
                return str(value)
            if type(value) in _SINGLE:
                return value  # type: ignore[no-any-return]  # it is one of those
        elif fallback is not None and match[3] is None:
            return None if fallback == "null" else fallback[1:-1]
        elif match[4] is None:
            raise _unknown(piece, contexts)
    return _compute(piece, contexts)


def part(value: Any, name: str) -> Any:
    """A column of a table's row, or a part of a file's path; of all else nothing."""
    if isinstance(value, Mapping):
        return value.get(name, _NOTHING)
    return getattr(value, name) if isinstance(value, File) and name in File.PARTS else _NOTHING


def _compute(piece: Piece, contexts: Contexts) -> Single:
    import jinja2

    budget = _budget(contexts)
    source, literals = without_literals(piece.source)
    count = operators(source)
    if count > MAX_OPERATORS:
        raise BadExpression(f"the expression has more than {MAX_OPERATORS} operators", piece.start, piece.end)
    if not budget.may_compile(source, count):
        message = "there are too many different expressions for the file's size"
        raise BadExpression(message, piece.start, piece.end, "use a matrix, or parameters")

    try:
        value = _environment().bounded(_value(piece.source, source, literals, contexts))
        if isinstance(value, jinja2.Undefined):
            value._fail_with_undefined_error()  # noqa: SLF001  Jinja's own way to say which name it was
    except Withheld:
        raise
    except jinja2.UndefinedError:
        raise _unknown(piece, contexts) from None
    except jinja2.TemplateSyntaxError as error:
        raise BadExpression(f"the expression cannot be read: {error.message}", piece.start, piece.end) from error
    except RecursionError as error:
        raise BadExpression("the expression is nested too deeply", piece.start, piece.end) from error
    except Exception as error:  # what an expression's own operators and filters raise
        error.with_traceback(None)  # Jinja's frames would keep alive all that was worked out, the error itself among it
        raise BadExpression(f"the expression failed: {error}", piece.start, piece.end) from error
    if not isinstance(value, (type(None), bool, int, float, str)):
        raise BadExpression("the expression gives neither a text nor a number", piece.start, piece.end)
    if not isinstance(value, str):
        return value
    _charge(len(value), piece, budget)
    return str(value)


def _budget(contexts: Contexts) -> Budget:
    """What this file's expressions may still cost."""
    budget = getattr(contexts.get("env"), "budget", None)
    return budget if isinstance(budget, Budget) else Budget()


def _charge(size: int, piece: Piece, budget: Budget) -> None:
    if not budget.may_make(size):
        message = f"all expressions together give more than {budget.most_made:,} characters"
        raise BadExpression(message, piece.start, piece.end, "keep long texts in files, and make them inputs")


def _unknown(piece: Piece, contexts: Contexts) -> BadExpression:
    for name in re.finditer(r"(?<![\w.'\"])([A-Za-z_]\w*)\.([A-Za-z_]\w*)", piece.source):
        context, item = name[1], name[2]
        if context in contexts and item not in contexts[context]:
            if context == "env":
                hint = f"write env.{item} | default(null) to leave it out when it is not set"
                message = f'the environment variable "{item}" is not set'
                return BadExpression(message, piece.start, piece.end, hint, "BS214")
            known = contexts[context]
            near = nearest(item, known)
            problem, listed = _NOUNS.get(context, (f'"{context}" has no', "it has"))
            said = f'did you mean "{near}"?' if near else f"{listed} {listing(sorted(known))}" if known else None
            if context == "params" and not known:
                said = "declare it under parameters"
            return BadExpression(f'{problem} "{item}"', piece.start, piece.end, said)
        if context == "matrix" and context not in contexts:
            return BadExpression("there is no matrix here", piece.start, piece.end)
        meant = nearest(context, (*contexts, "matrix")) if context not in contexts else None
        if meant is not None:
            return BadExpression(f'there is no "{context}"', piece.start, piece.end, f'did you mean "{meant}.{item}"?')
    return BadExpression(
        f'"{piece.source.strip()}" speaks of something that is not known here', piece.start, piece.end,
        f"the contexts are {', '.join(sorted(contexts))}",
    )  # fmt: skip


def _value(written: str, source: str, literals: Mapping[str, int | str], contexts: Contexts) -> Any:
    from jinja2 import TemplateSyntaxError

    try:
        compiled = _compiled(source)
    except TemplateSyntaxError:  # two texts in a row are one, and Jinja speaks of what was written
        return _compiled(written)(**contexts)
    return compiled(**contexts, **literals)


@lru_cache(maxsize=8192)  # the tasks of a matrix evaluate the same again and again
def _compiled(source: str) -> Any:
    return _environment().compile_expression(source, undefined_to_none=False)


@lru_cache(maxsize=1)
def _environment() -> Sandbox:
    from batchspec.spec.sandbox import environment

    return environment()
