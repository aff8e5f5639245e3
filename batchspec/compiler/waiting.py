"""What tasks wait for, as the service has it, and what lets those that wait run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azure.batch.models import ExitConditions, ExitOptions, TaskDependencies, TaskIdRange

from batchspec.spec import model
from batchspec.spec.build import Spec
from batchspec.spec.graph import MOST_IDS, id_ranges
from batchspec.spec.model import IdRange

LARGE_GROUP = 100  # tasks of a name that are named one by one; more become ranges where their ids are whole numbers
_NONE: dict[str, Any] = {}


class Waiting:
    """What tasks wait for, worked out once for all that wait for the same: many may wait for one large group."""

    def __init__(self, spec: Spec) -> None:
        self._graph = spec.graph
        self._known: dict[tuple[str, ...], tuple[list[str], list[TaskIdRange]]] = {}

    def of(self, task: model.Task) -> TaskDependencies | None:
        """The ids and ranges of ids that a task waits for. Lists are shared: nobody changes them."""
        names = self._names(task)
        if names is None:
            return None
        if len(names) == 1 and type(names[0]) is str and names[0] in self._graph.by_id:  # nearly all, and not shared
            return _one(names[0])
        ids, found = self._named(tuple(self._graph.references(task)))
        ranges = [TaskIdRange(start=item.start, end=item.end) for item in task.depends_on if isinstance(item, IdRange)]
        ranges = [*ranges, *found] if ranges else found
        if not ids and not ranges:
            return None
        return TaskDependencies(task_ids=ids or None, task_id_ranges=ranges or None)

    @staticmethod
    def _names(task: model.Task) -> Sequence[str | IdRange] | None:
        """What a task waits for, as written; None when it waits for nothing. Of inputs, the tasks that make them."""
        for item in task.inputs:
            if item.task is not None:
                return (*task.depends_on, *(one.task for one in task.inputs if one.task is not None))
        return task.depends_on or None

    def _named(self, names: tuple[str, ...]) -> tuple[list[str], list[TaskIdRange]]:
        if names not in self._known:
            # What the spec does not define is told by a rule; without the rules it is the id of some task of the job.
            members = (self._graph.members(name) or (name,) for name in names)
            ids, found = list(dict.fromkeys(one for group in members for one in group)), list[tuple[int, int]]()
            if sum(map(len, ids)) > MOST_IDS or len(ids) > len(names) + LARGE_GROUP:
                ids, found = id_ranges(ids)
            self._known[names] = ids, [TaskIdRange(start=start, end=end) for start, end in found]
        return self._known[names]


def _one(task_id: str) -> TaskDependencies:
    """As the class makes it, in a fifth of the time."""
    made = object.__new__(TaskDependencies)
    made.additional_properties, made.task_ids, made.task_id_ranges = _NONE, [task_id], None
    return made


def satisfied(spec: Spec) -> set[str]:
    """The tasks that others wait for who want to run however those end; each reference is followed once."""
    willing = [task for task in spec.tasks if task.on_dependency_failure == "satisfy"]
    names = {name for task in willing for name in spec.graph.references(task)}
    ranges = {(one.start, one.end): one for task in willing for one in task.depends_on if isinstance(one, IdRange)}
    made = {member for name in names for member in spec.graph.members(name)}
    return made.union(*(spec.graph.within(one) for one in ranges.values()))


def satisfying() -> ExitConditions:
    """However the task ends, what waits for it may run."""
    options = ExitOptions(dependency_action="satisfy")
    return ExitConditions(pre_processing_error=options, file_upload_error=options, default=options)
