"""Tasks by what people call them: an id, or the name of a group."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from batchspec.compiler.members import task_ids
from batchspec.diag.nearest import listing, nearest
from batchspec.errors import UsageError

if TYPE_CHECKING:
    from batchspec.compiler.program import Program


def chosen(program: Program, names: Sequence[str], live: Collection[str] = ()) -> list[str]:
    """The ids of the tasks that are named, each once. live: ids that only the service knows.

    Raises UsageError for what names no task, with the nearest that does.
    """
    ids = dict.fromkeys(task_ids(program))
    groups: dict[str, list[str]] = {}
    for made in program.tasks:
        if made.body.display_name:
            groups.setdefault(made.body.display_name, []).append(made.body.id)
    found: dict[str, None] = {}
    for name in names:
        if name in ids or name in live:
            found[name] = None
        elif name in groups:
            found.update(dict.fromkeys(groups[name]))
        else:
            raise no_task(name, [*groups, *ids, *live])
    return list(found)


def no_task(name: str, known: Sequence[str]) -> UsageError:
    """What to say of a name that is none of those known."""
    near = nearest(name, known)
    hint = f'did you mean "{near}"?' if near else f"there are: {listing(dict.fromkeys(known)) or 'none'}"
    return UsageError(f'there is no task "{name}"', hint)
