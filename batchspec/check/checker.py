"""Document to spec, with every finding at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from batchspec.check.rules import RULES
from batchspec.diag import Diagnostic, Result, Severity, errors_in, tidy
from batchspec.diag.secrets import Redactor
from batchspec.reading import Mapping, Node, Sequence
from batchspec.reading.limits import MAX_FINDINGS
from batchspec.source import Span
from batchspec.spec.build import Built, Spec, build
from batchspec.spec.draft import Draft, Settings, draft, mended
from batchspec.spec.model import Task
from batchspec.spec.shape import Memory, Misfit
from batchspec.spec.table import Table

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
    bound: Memory = {}
    try:
        built = build(drafted, document.file.folder, settings, bound)
        spec = built.spec
    except Misfit as misfit:
        flaws = [replace(flaw, is_unset=False) for flaw in _unknown(drafted)]  # it is mended, too
        flaws += _flaws(drafted, flaws, bound)
        if not found and all(flaw.diagnostic is None for flaw in flaws):
            flaws.append(_outcome(misfit.node, ()))
        built, spec = _of_the_rest(drafted, flaws, document, settings, bound), None
    flaws += _of_matrices(built)
    found += [flaw.diagnostic for flaw in flaws if flaw.diagnostic is not None]
    judged = [*built.diagnostics, *_by_rules(built.spec)]
    found += _beside(flaws, judged) if flaws else judged
    if settings.offline:
        found = [one.at(Severity.NOTE) if one.code == "BS214" else one for one in found]
    elif settings.lenient and spec is not None:
        from batchspec.check.lenient import eased  # validate, which starts often, need not

        found = eased(found, [flaw.pointer for flaw in flaws], spec.keys.parameters or {})
    found = list(_told_once(found, drafted.tree))
    return Result(None if errors_in(found) else spec, tidy(_without(drafted.environment.secrets, found)))


def _by_rules(spec: Spec | None) -> Iterator[Diagnostic]:
    """What the rules find, of each the first: a hostile spec may break one in every line."""
    if spec is not None:
        for rule in RULES:
            yield from islice(rule(spec), MAX_FINDINGS)


def _without(secrets: Collection[str], found: list[Diagnostic]) -> Iterable[Diagnostic]:
    """The findings without values of the caller's environment."""
    if not secrets:
        return found
    redact = Redactor(secrets)
    return (replace(one, message=redact(one.message), hint=one.hint and redact(one.hint)) for one in found)


# The schema, and what makes its findings, are imported only here: good files need not pay for them.


def _unknown(drafted: Draft) -> list[Flaw]:
    """Texts whose expressions could not be worked out; why was told already."""
    document = drafted.document
    if "include" not in document.values and not document.file.may_have_expressions:
        return []
    from batchspec.check.shape import unknown

    return list(unknown(drafted.tree))


def _flaws(drafted: Draft, known: Iterable[Flaw], bound: Memory) -> list[Flaw]:
    """What the schema says of all that is known."""
    from batchspec.check.shape import explain

    told = _Places(known)
    return [flaw for flaw in explain(drafted.tree, misfits(drafted.tree, bound)) if flaw.pointer not in told]


def misfits(tree: Mapping, bound: Memory) -> dict[int, Node] | None:
    """The tasks that have not their shape, by their places, one at least; None when there is no list of them."""
    listed = tree.get("tasks")
    if not isinstance(listed, Sequence):
        return None
    made = {at: item for at, item in enumerate(listed.items) if not _fits(item, f"/tasks/{at}", bound)}
    return made or dict(enumerate(listed.items[:1]))


def _fits(task: Node, pointer: str, bound: Memory) -> bool:
    try:
        Table(Task).bind(task, pointer, bound)
    except Misfit:
        return False
    return True


def _outcome(node: Node, path: tuple[str | int, ...]) -> Flaw:
    """A text with ${{ in it that is the outcome of an expression; the schema takes it for an expression."""
    from batchspec.check.shape import Flaw

    return Flaw(Diagnostic("BS105", 'the value has "${{" in it, which cannot stand here', node.span), path)


def _of_matrices(built: Built) -> list[Flaw]:
    """Why a template's task does not have the shape that its example has."""
    made: list[Flaw] = []
    for at, node in islice(built.misfits.items(), MAX_FINDINGS):
        made += _of_task(node, at) or [_outcome(node, ("tasks", at))]
    return made


def _of_task(node: Node, at: int) -> list[Flaw]:
    """What the schema says of a task; of the task alone, since a spec may have thousands of templates."""
    from batchspec.check.shape import explain

    alone = Mapping(node.file, node.start, node.end, values={"tasks": Sequence(node.file, node.start, node.end)})
    return [flaw for flaw in explain(alone, {at: node}) if flaw.path[:2] == ("tasks", at)]


def _told_once(found: Iterable[Diagnostic], tree: Mapping) -> Iterator[Diagnostic]:
    """Each finding once at its place: tasks share their defaults, and what aliases stand for."""
    job = tree.get("job")
    defaults = job.get("task_defaults") if isinstance(job, Mapping) else None
    told: set[tuple[str, str, Span]] = set()
    for one in found:
        if one.span is not None:
            where = one.span
            shared = defaults is not None and where.path == defaults.file.path
            within = shared and defaults is not None and defaults.start <= where.start.offset < defaults.end
            mark = (one.code, "" if within else one.message, where)
            if mark in told:
                continue
            told.add(mark)
        yield one


def _of_the_rest(drafted: Draft, flaws: list[Flaw], document: Mapping, settings: Settings, bound: Memory) -> Built:
    """The document with its flaws mended."""
    from batchspec.check.mend import mend

    try:
        return build(mended(drafted, lambda tree: mend(tree, flaws)), document.file.folder, settings, bound)
    except Misfit:
        return Built()


def _beside(flaws: list[Flaw], judged: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that the flaws cannot have caused."""
    flawed = _Places(flaw for flaw in flaws if not flaw.is_unset)
    unset = {flaw.pointer for flaw in flaws if flaw.is_unset}
    silent = {code for place, codes in _CAUSES if any(map(place.fullmatch, flawed.pointers)) for code in codes}
    return [
        one
        for one in judged
        if one.code in _OF_SOURCES
        or (one.code not in silent and one.pointer not in flawed and one.pointer not in unset)
    ]


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


_OF_SOURCES = ("BS213", "BS410")  # said of where a text comes from, whether or not it can be worked out

# Where a flaw would make others seem to have done wrong: what a task is called or gives, a limit that others keep.
_OF_NODES = ("BS306", "BS307", "BS308", "BS309", "BS328")
_OF_LIFETIMES = ("BS333", "BS334", "BS335", "BS336")
_CAUSES = (
    (re.compile(r"/tasks(/\d+(/(id|name|matrix|outputs)(/.*)?)?)?"), ("BS201", "BS203", "BS204", "BS206", "BS503")),
    (re.compile(r"/pool(/task_slots_per_node)?"), ("BS301",)),
    (re.compile(r".*/pool(/vm_size)?"), ("BS351", "BS352", "BS353", "BS354")),
    (re.compile(r".*/pool(/image(/.*)?)?"), ("BS350", "BS351", "BS352", "BS355", "BS356")),
    (re.compile(r"/job(/timeout|/on_task_failure)?"), ("BS224", "BS303", "BS312")),
    (re.compile(r"/tasks(/\d+(/(id|name|matrix|depends_on|exit_conditions)(/.*)?)?)?"), ("BS218", "BS222", "BS223")),
    (re.compile(r"/(pool|job(/pool_info(/.*)?)?)"), ("BS202", "BS221")),
    (re.compile(r"/job(/(prepare|uses_task_dependencies))?"), ("BS225", "BS316")),
    (re.compile(r".*/pool(/(nodes|task_slots_per_node|enable_inter_node_communication)(/.*)?)?"), _OF_NODES),
    (re.compile(r".*/pool(/virtual_machine_configuration(/.*)?)?"), ("BS317", "BS318")),
    (re.compile(r"/api_version"), ("BS504",)),
    (re.compile(r"/job(/[^/]*)?"), ("BS331", "BS332", "BS407")),
    (re.compile(r"/(on_finish(/.*)?|pool(/(lifetime|nodes(/.*)?))?)"), ("BS328", "BS330", "BS332")),
    (re.compile(r"/(pool(/(lifetime|nodes(/.*)?))?|job(/timeout)?|schedule(/.*)?)"), _OF_LIFETIMES),
    (re.compile(r"/(storage|schedule)(/.*)?"), ("BS407",)),
)
