"""How things are shown: one class for each style behind one interface; none of them decides anything."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from batchspec.errors import ExitCode

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.run.events import Event
    from batchspec.run.gc import Leftover
    from batchspec.run.occasions import Occasions
    from batchspec.run.reruns import Reruns
    from batchspec.run.status import Status
    from batchspec.run.why.facts import Reason


class View(Protocol):
    """A style of output."""

    def connected(self, label: str) -> None:
        """What we speak to: the first line."""
        ...

    def program(self, program: Program) -> None:
        """What the following events are about."""
        ...

    def events(self, events: Iterator[Event] | Generator[Event, None, Any]) -> ExitCode:
        """Show events as they come; the exit code of the report among them, else OK."""
        ...

    def status(self, status: Status) -> None:
        """Where a spec's work stands."""
        ...

    def occasions(self, found: Occasions) -> None:
        """A job schedule and its runs."""
        ...

    def nowhere(self) -> None:
        """Nothing of a spec's work is there on the local target, which is one for each folder."""
        ...

    def reruns(self, found: Reruns) -> None:
        """The runs of a job, where there are several."""
        ...

    def statuses(self, found: Iterator[Status]) -> None:
        """The same, again and again."""
        ...

    def tasks(self, task_ids: Sequence[str], *, others: bool = False) -> None:
        """The tasks whose output follows. others: and more, whose ids nobody knows yet."""
        ...

    def why(self, reasons: Sequence[Reason]) -> None:
        """Why something does not move."""
        ...

    def leftovers(self, found: Sequence[Leftover], *, kept: bool) -> None:
        """What is past its lifetime. kept: it stays for now."""
        ...

    def detached(self, program: Program, again: Sequence[str], once: Sequence[str], end: Sequence[str]) -> None:
        """The watch was interrupted: the arguments with which to come back, and those of a cancel.

        once: options without which what is not made yet would not be.
        """
        ...


@contextmanager
def view(*, machine: bool, now: Callable[[], float]) -> Iterator[View]:
    """The view for machines, or for people. now: seconds from some start."""
    if machine:
        from batchspec.cli.views.lines import JsonLines

        yield JsonLines()
        return
    from batchspec.cli.views.people import People

    with People(now) as people:
        yield people
