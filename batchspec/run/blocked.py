"""Which tasks can never run, because of how others ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from batchspec.ports import TaskView

if TYPE_CHECKING:
    from batchspec.compiler.program import Made


class Dependents:
    """The dependencies of a program's tasks, turned round: who waits for whom."""

    def __init__(self, tasks: Sequence[Made[Any]]) -> None:
        """Reads the tasks' bodies once."""
        self._conditions: dict[str, Any] = {}
        waits = []
        for body in (made.body for made in tasks):
            self._conditions[body.id] = body.exit_conditions
            if body.depends_on is not None:
                waits.append((body.id, body.depends_on))
        self._waiting: dict[str, list[str]] = {}
        numbered = numbered_among(self._conditions)
        for task_id, depends_on in waits:
            for parent in parents_of(depends_on, numbered):
                self._waiting.setdefault(parent, []).append(task_id)

    def blocked(self, ended: Iterable[TaskView]) -> frozenset[str]:
        """The tasks that wait, directly or through others, for one that ended so that they are held back."""
        return self.behind(
            view.id for view in ended if view.id in self._conditions and not _lets_go(self._conditions[view.id], view)
        )

    def waiting_for(self, task_id: str) -> int:
        """How many tasks name this one among those that they wait for."""
        return len(self._waiting.get(task_id, ()))

    def behind(self, task_ids: Iterable[str]) -> frozenset[str]:
        """The tasks that wait for others, directly or through more."""
        held: set[str] = set()
        front = [child for task_id in task_ids for child in self._waiting.get(task_id, ())]
        while front:
            task_id = front.pop()
            if task_id not in held:
                held.add(task_id)
                front.extend(self._waiting.get(task_id, ()))
        return frozenset(held)


def lets_go(body: Any, view: TaskView) -> bool:
    """Whether a completed task's dependents may run: the exit conditions say, else whether it succeeded."""
    return _lets_go(body.exit_conditions, view)


def _lets_go(conditions: Any, view: TaskView) -> bool:
    options = _exit_options(conditions, view)
    action = options.dependency_action if options is not None else None
    if action is None:
        return bool(view.succeeded)
    return str(getattr(action, "value", action)).lower() == "satisfy"


def _exit_options(conditions: Any, view: TaskView) -> Any:
    if conditions is None:
        return None
    code = view.exit_code
    if code is not None:
        for mapping in conditions.exit_codes or ():
            if mapping.code == code:
                return mapping.exit_options
        for mapping in conditions.exit_code_ranges or ():
            if mapping.start <= code <= mapping.end:
                return mapping.exit_options
    if view.succeeded:
        return None
    if code is None and conditions.pre_processing_error is not None:
        return conditions.pre_processing_error
    if view.fault and "upload" in view.fault.code.lower() and conditions.file_upload_error is not None:
        return conditions.file_upload_error
    return conditions.default


def numbered_among(task_ids: Iterable[str]) -> list[tuple[int, str]]:
    """The ids that are whole numbers, which ranges of ids mean, in order."""
    return sorted((int(task_id), task_id) for task_id in task_ids if task_id.isascii() and task_id.isdigit())


def parents_of(depends_on: Any, numbered: Sequence[tuple[int, str]]) -> Iterable[str]:
    """The tasks that a task waits for. numbered: those that may be meant by a range."""
    if depends_on is None:
        return
    yield from depends_on.task_ids or ()
    for span in depends_on.task_id_ranges or ():
        yield from (task_id for number, task_id in numbered if span.start <= number <= span.end)
