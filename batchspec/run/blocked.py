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
        self._bodies = {made.body.id: made.body for made in tasks}
        self._waiting: dict[str, list[str]] = {}
        numbered = sorted((int(task_id), task_id) for task_id in self._bodies if _is_number(task_id))
        for made in tasks:
            for parent in _parents(made.body.depends_on, numbered):
                self._waiting.setdefault(parent, []).append(made.body.id)

    def blocked(self, ended: Iterable[TaskView]) -> frozenset[str]:
        """The tasks that wait, directly or through others, for one that ended so that they are held back."""
        held: set[str] = set()
        front = [
            child
            for view in ended
            if view.id in self._bodies and not lets_go(self._bodies[view.id], view)
            for child in self._waiting.get(view.id, ())
        ]
        while front:
            task_id = front.pop()
            if task_id not in held:
                held.add(task_id)
                front.extend(self._waiting.get(task_id, ()))
        return frozenset(held)


def lets_go(body: Any, view: TaskView) -> bool:
    """Whether a completed task's dependents may run: the exit conditions say, else whether it succeeded."""
    options = _exit_options(body.exit_conditions, view)
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


def _parents(depends_on: Any, numbered: Sequence[tuple[int, str]]) -> Iterable[str]:
    if depends_on is None:
        return
    yield from depends_on.task_ids or ()
    for span in depends_on.task_id_ranges or ():
        yield from (task_id for number, task_id in numbered if span.start <= number <= span.end)


def _is_number(task_id: str) -> bool:
    return task_id.isascii() and task_id.isdigit()
