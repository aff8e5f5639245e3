"""BS321 to BS325, BS107: an autoscale formula that the service reads, and that gives the pool nodes.

It has 8,192 characters at most (https://learn.microsoft.com/dotnet/api/microsoft.azure.batch.common.batcherrorcodestrings,
AutoScaleFormulaTooLong).
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic, Severity
from batchspec.reading import Scalar
from batchspec.source import Span
from batchspec.spec.build import Spec
from batchspec.spec.model import Autoscale, Pool

_LONGEST = 8_192
_LIFETIME = 300  # characters that are kept for the lines that end a pool
_CODES = {
    "syntax": "BS321",
    "type": "BS322",
    "read-only": "BS322",
    "unknown-name": "BS323",
    "not-assigned": "BS324",
    "retired": "BS325",
}


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each pool that the spec describes."""
    for pool in pools(spec):
        own = pool.nodes.autoscale if pool.nodes is not None else None
        if own is not None and own.formula is not None:
            ends = isinstance(pool, Pool) and pool.lifetime is not None
            yield from _formula(own, own.formula, _LONGEST - _LIFETIME if ends else _LONGEST)


def _formula(own: Autoscale, text: str, longest: int) -> Iterator[Diagnostic]:
    node, pointer = own.at("formula"), f"{own.pointer}/formula"
    if len(text) > longest:
        message = f"the formula has {len(text):,} characters, and {longest:,} is the most"
        if longest < _LONGEST:
            message += " beside a lifetime"
        yield finding("BS107", message, node, pointer, "write it shorter; what is long are often its comments")
        return
    from batchspec import autoscale  # few specs have a formula

    assert isinstance(node, Scalar)
    offsets = _offsets(node, text)
    for problem in autoscale.check(text):
        made = Diagnostic(
            _CODES[problem.kind],
            problem.message,
            _span(node, offsets, problem.start, problem.end),
            pointer,
            problem.hint,
        )
        # What the service may well take is no error; a new pool whose formula sets nothing never has a node.
        doubtful = not problem.certain and problem.kind != "not-assigned"
        yield made.at(Severity.WARNING) if doubtful and made.severity is Severity.ERROR else made


def _span(node: Scalar, offsets: list[int] | None, start: int, end: int) -> Span:
    if offsets is None or (start, end) == (0, len(str(node.value))):
        return node.span
    first = offsets[min(start, len(offsets) - 1)]
    last = offsets[min(max(end, start + 1), len(offsets)) - 1] + 1
    return node.file.span(first, max(last, first))


def _offsets(node: Scalar, text: str) -> list[int] | None:
    """Where in the file each character of the text stands; None when the file has it in other words.

    Quotes, a block's header, indentation and folded lines are passed over: blank characters stand for each other.
    """
    raw = node.file.text
    at = (
        raw.find("\n", node.start, node.end) + 1 if raw[node.start] in "|>" else node.start + (raw[node.start] in "\"'")
    )
    made: list[int] = []
    for char in text:
        if char.isspace():
            made.append(min(at, node.end - 1))
            at += raw[at : at + 1] == char
            continue
        while at < node.end and raw[at].isspace():
            at += 1
        if at >= node.end or raw[at] != char:
            return None
        made.append(at)
        at += 1
    return made
