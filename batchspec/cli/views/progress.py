"""How far something long is: a bar below the other lines on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from batchspec.cli.views import out

if TYPE_CHECKING:
    from rich.progress import Progress as Bar, TaskID

PAUSE = 30.0  # seconds between two lines, at least
_STEPS = 10  # parts of the whole that are worth a line each


class Progress:
    """Lines of output, and how far the present stage is. live: a terminal shows them; now: seconds from some start."""

    def __init__(self, *, live: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._stage = ""
        self._told = (0, 0.0)  # the step that the last line told of, and when
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        if live:
            from rich.progress import BarColumn, Progress as Bar, TextColumn, TimeElapsedColumn

            self._bar = Bar(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), transient=True)

    def line(self, text: str) -> None:
        """A line of output, above the bar."""
        if self._bar is not None and self._task is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            out.write(f"{text}\n")

    def show(self, stage: str, done: int, total: int, words: str) -> None:
        """So much of a stage is done; words: the same as a line. The end of a stage is for others to tell."""
        if stage != self._stage:
            self.stop()
            self._stage, self._told = stage, (0, self._now())
        if self._bar is not None:
            self._draw(self._bar, done, total, words)
        elif done < total:
            step, (last, when) = done * _STEPS // total, self._told
            if step > last and self._now() - when >= PAUSE:
                self._told = step, self._now()
                self.line(words)

    def _draw(self, bar: Bar, done: int, total: int, words: str) -> None:
        if self._task is None:
            self._task = bar.add_task(words, total=total)
            bar.start()
        bar.update(self._task, completed=done, total=total, description=words)

    def stop(self) -> None:
        """Take the bar away."""
        self._stage = ""
        if self._bar is not None and self._task is not None:
            self._bar.stop()
            self._bar.remove_task(self._task)
            self._task = None
