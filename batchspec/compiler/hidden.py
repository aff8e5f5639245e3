"""Which keys of a spec have a value of the caller's environment, for those who later see only the values.

    job/environment/P job/prepare/run tasks/fetch/inputs/url tasks/*/environment/Q

Paths of the language's keys, each percent-encoded, with a space between paths. In lists there are no places: all of
their entries are meant. After `tasks` there is an id, or a template's name, or * for all. A single * means every text.
There are only names in it, and it has an end: what would be longer names more than it has to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from batchspec.ports import SECRETS_KEY
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.model import Task

ALL = "*"
MOST = 4096  # characters; how much metadata may hold is not documented

Path = tuple[str, ...]


def of_pool(spec: Spec) -> dict[str, str]:
    """The mark of the pool; nothing when there is no need of one."""
    pool = spec.keys.pool
    return _mark(() if pool is None or not spec.secrets else _below(pool.node, ("pool",)))


def of_work(spec: Spec) -> dict[str, str]:
    """The mark of the job or the schedule, with what the tasks have."""
    return _mark(_work(spec) if spec.secrets else ())


def is_in_tasks(spec: Spec) -> bool:
    """Whether such a value has a part in what defines the tasks, also if no task shows it."""
    parts = (part if isinstance(part, tuple) else (part, {}) for part in spec.work) if spec.secrets else ()
    return any(shared.get("hidden") or next(_below(node, (ALL,)), None) for node, shared in parts)


def _work(spec: Spec) -> Iterator[Path]:
    keys = spec.keys
    if keys.job is not None:
        for name, node in keys.job.node.items():
            if name == "inputs":
                yield from _below(node, ("tasks", ALL, name))
            elif name != "task_defaults":  # the tasks have them
                yield from _below(node, ("job", name))
    if keys.schedule is not None:
        yield from _below(keys.schedule.node, ("schedule",))
    for task, _ in spec.examples():
        yield from _below(task.node, ("tasks", _named(task)))


def _named(task: Task) -> str:
    """What its tasks are found by. Those of a template without a name have nothing in common."""
    if task.matrix is None:
        return task.id
    return task.name or ALL


def _below(node: Node, path: Path) -> Iterator[Path]:
    if isinstance(node, Scalar):
        if node.secret:
            yield path
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _below(item, path)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield from _below(value, (*path, name))


def _mark(paths: Iterable[Path]) -> dict[str, str]:
    found = set(paths)
    text = _text(found)
    if len(text) > MOST:
        text = _text({("tasks", ALL, *path[2:]) if path[0] == "tasks" else path for path in found})
    return {SECRETS_KEY: text if len(text) <= MOST else ALL} if text else {}


def _text(paths: set[Path]) -> str:
    return " ".join(sorted("/".join(quote(step, safe=ALL) for step in path) for path in paths))
