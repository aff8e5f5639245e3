"""Document to spec, with every finding at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchspec.check.rules import RULES
from batchspec.diag import Diagnostic, Result, Severity, errors_in, tidy
from batchspec.load import Mapping, Node
from batchspec.spec.build import Draft, Settings, Spec, build, draft, mended
from batchspec.spec.shape import Misfit

if TYPE_CHECKING:
    from batchspec.check.shape import Flaw


def check(document: Node, settings: Settings) -> Result[Spec]:
    """The typed spec, when nothing is wrong with it; all that is wrong, when something is."""
    if not isinstance(document, Mapping):
        message = "a spec is a mapping; it starts with batchspec: v1"
        return Result(None, (Diagnostic("BS103", message, document.span),))
    try:
        drafted = draft(document, settings)
    except Misfit:
        from batchspec.check.shape import explain  # only bad files pay for the schema

        return Result(None, tidy(flaw.diagnostic for flaw in explain(document)))
    try:
        spec, found = build(drafted, document.file.folder, settings)
    except Misfit as misfit:
        return Result(None, tidy((*drafted.diagnostics, *_explained(drafted, misfit, document, settings))))
    found = [*drafted.diagnostics, *found]
    if spec is not None:
        found += [one for rule in RULES for one in rule(spec)]
    if settings.offline:
        found = [one.at(Severity.NOTE) if one.code == "BS214" else one for one in found]
    return Result(None if errors_in(found) else spec, tidy(found))


def _explained(drafted: Draft, misfit: Misfit, document: Mapping, settings: Settings) -> list[Diagnostic]:
    """The schema's findings, and those of the rules about the rest of the document."""
    from batchspec.check.shape import explain  # only bad files pay for the schema

    flaws = explain(drafted.tree)
    told = [flaw.diagnostic for flaw in flaws]
    if not flaws:
        # One of a template's tasks has a value of another shape than its example.
        return [Diagnostic("BS108", "this value does not fit here in every task of the matrix", misfit.node.span)]
    return [*told, *_of_the_rest(drafted, flaws, document, settings)]


def _of_the_rest(drafted: Draft, flaws: list[Flaw], document: Mapping, settings: Settings) -> list[Diagnostic]:
    """What the rules find in a document whose flaws are mended, but for what the flaws may have caused."""
    from batchspec.check.mend import mend  # only bad files pay for it

    try:
        spec, found = build(mended(drafted, lambda tree: mend(tree, flaws)), document.file.folder, settings)
    except Misfit:
        return []
    if spec is not None:
        found += [one for rule in RULES for one in rule(spec)]
    flawed = [flaw.pointer for flaw in flaws]
    silent = _GRAPH if any(_NAMES.fullmatch(pointer) for pointer in flawed) else frozenset()
    return [
        one for one in found if one.code not in silent and not any(_touch(one.pointer, pointer) for pointer in flawed)
    ]


# What a flaw in what a task is called, or in what it gives, would make others seem to have done wrong.
_NAMES = re.compile(r"/tasks(/\d+(/(id|name|matrix|outputs)(/.*)?)?)?")
_GRAPH = frozenset(("BS201", "BS203", "BS204", "BS206", "BS503"))


def _touch(pointer: str, flawed: str) -> bool:
    """One of them is at or below the other."""
    return f"{pointer}/".startswith(f"{flawed}/") or f"{flawed}/".startswith(f"{pointer}/")
