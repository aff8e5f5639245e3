"""What a spec has changed since its last apply, and that does not show in what the service tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batchspec.compiler.attributes import attributes
from batchspec.compiler.record import recorded
from batchspec.planning.differences import Difference
from batchspec.planning.owner import marks
from batchspec.planning.unset import unset
from batchspec.ports import JobView, PoolView, ScheduleView


def since(kind: str, body: Any, view: PoolView | JobView | ScheduleView) -> Iterator[Difference]:
    """What the spec no longer sets, though the service still has it; and values that the service never tells.

    Where nobody has recorded what they were, such values are taken to be others, and nothing is taken to be unset.
    """
    then, now = recorded(view.metadata), recorded(marks(body))
    changed = {name for name in then.keys() | now.keys() if then.get(name) != now.get(name)}
    yield from unset(kind, body, view.body, fields=changed & then.keys())
    words = () if then else ("it holds a value that the service does not tell",)
    for name, entry in attributes(body).items():
        # A field that comes or goes as a whole is told as such.
        if f"{name}!" in changed and getattr(body, name) is not None and entry["key"] in view.body:
            yield hidden(name, *words)


def hidden(path: str, words: str = "a hidden value was changed") -> Difference:
    """That a value which the service never tells is another one."""
    return Difference(path, words, None, shown=False, hidden=True)
