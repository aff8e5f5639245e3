"""Whose line it is: a prefix for each task's output, as wide as the longest, and of a colour of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

_COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92", "95", "94")
_WIDEST = 40  # characters that prefixes are aligned to; a longer id stands out


class Prefixes:
    """Prefixes of the tasks of one command. colour: whether the terminal shows any."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._width = 0
        self._several = False
        self._colours: dict[str, str] = {}
        self._next = cycle(_COLOURS)

    def of_spec(self, tasks: int) -> None:
        """What is shown is a spec's tasks, one by one as they come."""
        self._width, self._several = 0, tasks > 1

    def of_tasks(self, task_ids: Sequence[str], *, others: bool) -> None:
        """What is shown is the output of these tasks of the spec. others: and of more, whose ids nobody knows yet."""
        self._several = self._several or others or len(task_ids) > 1
        self._width = min(_WIDEST, max(map(len, task_ids), default=0))

    def __call__(self, task_id: str) -> str:
        """The start of a line of the task's output."""
        if not self._several:
            return "  | "
        text = f"{task_id.ljust(self._width)} |"
        if not self._colour:
            return f"{text} "
        if task_id not in self._colours:
            self._colours[task_id] = next(self._next)
        return f"\x1b[{self._colours[task_id]}m{text}\x1b[0m "
