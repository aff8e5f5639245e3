"""The line below the others: how far the tasks are. Only on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from typing_extensions import Self

from batchspec.cli.views import out
from batchspec.ports import Counts

if TYPE_CHECKING:
    from rich.progress import Progress as Bar, TaskID


class Progress:
    """Lines of output, and a bar that stays below them while tasks run."""

    def __init__(self, *, live: bool) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        if live:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Bar(*columns, transient=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def line(self, text: str) -> None:
        """A line of output, above the bar."""
        if self._bar is not None and self._task is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            out.write(f"{text}\n")

    def counts(self, counts: Counts, total: int) -> None:
        """Move the bar."""
        if self._bar is None:
            return
        if self._task is None:
            self._task = self._bar.add_task("", total=total)
            self._bar.start()
        words = f"{counts.running} running, {counts.active} waiting"
        self._bar.update(self._task, completed=counts.completed, total=total, description=words)

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None and self._task is not None:
            self._bar.stop()
            self._task = None
