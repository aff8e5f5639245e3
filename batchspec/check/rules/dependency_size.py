"""BS305: a task's list of what it waits for is no longer than the service takes.

The REST document: all ids of `dependsOn.taskIds` together have 64,000 characters at most. Where they would have more,
ids that are whole numbers go as ranges instead; how many ranges a task may have is not told, but the whole request
has at most 1 MiB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from batchspec.check.rule import finding, title
from batchspec.check.waiting import waiting
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.graph import MOST_IDS, id_ranges
from batchspec.spec.model import Task

MOST_BYTES = 1 << 20
_LONGEST_ID = 64
_MOST_MEASURED = 50  # tasks whose ids are counted one by one: each may wait for a million
_RANGE = len('{"start":,"end":},')


_Size = tuple[int, int, int]  # characters of ids; and of what is left of them beside ranges, and the bytes of these


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The first task of each template that waits for too many."""
    most = max((sum(map(len, ids)) for ids in spec.graph.groups.values()), default=0)
    longest = max(most, _LONGEST_ID)  # of what one reference can mean
    sizes: dict[str, _Size] = {}
    measured = 0
    for group, tasks in waiting(spec):
        for task in tasks:
            if (len(task.depends_on) + len(task.inputs)) * longest <= MOST_IDS:
                continue
            names = list(spec.graph.references(task))
            ids, rest, ranges = (
                map(sum, zip(*(_of(spec, name, sizes) for name in names), strict=True)) if names else (0, 0, 0)
            )
            if _fits((ids, rest, ranges)):
                continue
            size = max((_of(spec, name, sizes) for name in names), key=lambda one: one[1])
            if size[1] <= MOST_IDS:  # else one of the names is too much by itself
                measured += 1
                if measured > _MOST_MEASURED:
                    return
                size = _exactly(spec, task)
            if not _fits(size):
                yield _finding(task, len(group), size)
                break


def _fits(size: _Size) -> bool:
    ids, rest, ranges = size
    return ids <= MOST_IDS or (rest <= MOST_IDS and ranges <= MOST_BYTES)


def _of(spec: Spec, name: str, sizes: dict[str, _Size]) -> _Size:
    known = sizes.get(name)
    if known is None:
        known = sizes[name] = _measure(spec.graph.members(name))
    return known


def _exactly(spec: Spec, task: Task) -> _Size:
    """Ids that are meant twice counted once, as the compiler has them."""
    return _measure(dict.fromkeys(one for name in spec.graph.references(task) for one in spec.graph.members(name)))


def _measure(ids: Iterable[str]) -> _Size:
    listed = list(ids)
    rest, ranges = id_ranges(listed)
    size = sum(_RANGE + len(str(start)) + len(str(end)) for start, end in ranges)
    return sum(map(len, listed)), sum(map(len, rest)), size


def _finding(task: Task, count: int, size: _Size) -> Diagnostic:
    where = "depends_on" if task.depends_on else "inputs"
    message = f"{title(task, count)} depends on tasks whose ids have more than {MOST_IDS:,} characters in all"
    hint = "give them ids that are whole numbers, or let tasks in between each wait for a part of them"
    if size[1] <= MOST_IDS:
        message = (
            f"{title(task, count)} depends on ids with so many gaps that their ranges are too much for one request"
        )
        hint = "number them without gaps, or let tasks in between each wait for a part of them"
    return finding("BS305", message, task.at(where), f"{task.pointer}/{where}", hint)
