"""Document to spec, with every finding at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from batchspec.check.rules import RULES
from batchspec.diag import Diagnostic, Result, Severity, errors_in, tidy
from batchspec.diag.secrets import Redactor
from batchspec.load import Mapping, Node
from batchspec.spec.build import Built, Spec, build
from batchspec.spec.draft import Draft, Settings, draft, mended
from batchspec.spec.shape import Misfit

if TYPE_CHECKING:
    from batchspec.check.shape import Flaw


def check(document: Node, settings: Settings) -> Result[Spec]:
    """The typed spec, when nothing is wrong with it; all that is wrong, when something is."""
    if not isinstance(document, Mapping):
        return Result(
            None, (Diagnostic("BS103", "a spec is a mapping", document.span, hint="start it with batchspec: v1"),)
        )
    drafted = draft(document, settings)
    found = list(drafted.diagnostics)
    flaws = _unknown(drafted) if found else []
    try:
        built = build(drafted, document.file.folder, settings)
        spec = built.spec
    except Misfit as misfit:
        flaws = _unknown(drafted)
        flaws += _flaws(drafted, flaws)
        if not found and all(flaw.diagnostic is None for flaw in flaws):
            flaws.append(_outcome(misfit.node, ()))
        built, spec = _of_the_rest(drafted, flaws, document, settings), None
    flaws += _of_matrices(drafted, built)
    found += [flaw.diagnostic for flaw in flaws if flaw.diagnostic is not None]
    judged = [*built.diagnostics, *(one for rule in RULES if built.spec is not None for one in rule(built.spec))]
    found += _beside(flaws, judged) if flaws else judged
    if settings.offline:
        found = [one.at(Severity.NOTE) if one.code == "BS214" else one for one in found]
    return Result(None if errors_in(found) else spec, tidy(_without(drafted.environment.secrets, one) for one in found))


def _without(secrets: Collection[str], found: Diagnostic) -> Diagnostic:
    """The finding without values of the caller's environment."""
    if not secrets:
        return found
    redact = Redactor(secrets)
    return replace(found, message=redact(found.message), hint=found.hint and redact(found.hint))


# The schema, and what makes its findings, are imported only here: good files need not pay for them.


def _unknown(drafted: Draft) -> list[Flaw]:
    """Texts whose expressions could not be worked out; why was told already."""
    from batchspec.check.shape import unknown

    return list(unknown(drafted.tree))


def _flaws(drafted: Draft, known: Iterable[Flaw]) -> list[Flaw]:
    """What the schema says of all that is known."""
    from batchspec.check.shape import explain

    told = _Places(known)
    return [flaw for flaw in explain(drafted.tree) if flaw.pointer not in told]


def _outcome(node: Node, path: tuple[str | int, ...]) -> Flaw:
    """A text with ${{ in it that is the outcome of an expression; the schema takes it for an expression."""
    from batchspec.check.shape import Flaw

    return Flaw(Diagnostic("BS105", 'the value has "${{" in it, which cannot stand here', node.span), path)


def _of_matrices(drafted: Draft, built: Built) -> list[Flaw]:
    """Why a template's task does not have the shape that its example has."""
    made: list[Flaw] = []
    for at, node in built.misfits.items():
        flaws = _flaws(drafted.with_task(at, node), ())
        made += [flaw for flaw in flaws if flaw.path[:2] == ("tasks", at)] or [_outcome(node, ("tasks", at))]
    return made


def _of_the_rest(drafted: Draft, flaws: list[Flaw], document: Mapping, settings: Settings) -> Built:
    """The document with its flaws mended."""
    from batchspec.check.mend import mend

    try:
        return build(mended(drafted, lambda tree: mend(tree, flaws)), document.file.folder, settings)
    except Misfit:
        return Built()


def _beside(flaws: list[Flaw], judged: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that the flaws cannot have caused."""
    flawed = _Places(flaws)
    silent = {code for place, codes in _CAUSES if any(map(place.fullmatch, flawed.pointers)) for code in codes}
    return [one for one in judged if one.code not in silent and one.pointer not in flawed]


class _Places:
    """Where flaws are: a pointer is in it when it is at, above or below one of them."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.pointers = frozenset(flaw.pointer for flaw in flaws)
        self._above = frozenset(up for pointer in self.pointers for up in _upwards(pointer))

    def __contains__(self, pointer: str) -> bool:
        return pointer in self._above or not self.pointers.isdisjoint(_upwards(pointer))


def _upwards(pointer: str) -> Iterator[str]:
    """A pointer and all that it is in."""
    yield pointer
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


# Where a flaw would make others seem to have done wrong: what a task is called or gives, a limit that others keep.
_CAUSES = (
    (re.compile(r"/tasks(/\d+(/(id|name|matrix|outputs)(/.*)?)?)?"), ("BS201", "BS203", "BS204", "BS206", "BS503")),
    (re.compile(r"/pool(/task_slots_per_node)?"), ("BS301",)),
    (re.compile(r"/job(/timeout)?"), ("BS303",)),
)
