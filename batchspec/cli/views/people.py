"""Events for people: a line each, and below them a bar when a terminal shows them."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from batchspec.cli.views import safe, sentences, tables
from batchspec.cli.views.findings import coloured
from batchspec.cli.views.left import Left
from batchspec.cli.views.prefixes import Prefixes
from batchspec.cli.views.progress import Progress
from batchspec.cli.views.screen import Screen
from batchspec.diag import Diagnostic, Severity, text
from batchspec.diag.secrets import Redactor
from batchspec.errors import BatchspecError, ExitCode
from batchspec.planning import text as plan_text
from batchspec.run import events as run
from batchspec.source import SourceFile, read

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.run.gc import Leftover
    from batchspec.run.occasions import Occasions
    from batchspec.run.report import Finding
    from batchspec.run.reruns import Reruns
    from batchspec.run.status import Status
    from batchspec.run.why.facts import Reason

FEW = 30  # tasks whose moves are told one by one
OF_FEW = (run.TaskMoved, run.TaskRetried)
ONCE = (run.Uploading, run.TasksAdded, run.PoolMoved, run.Removing)  # told again only when it says something else
ASIDE = (run.NothingPrinted, run.FromStorage)  # on stderr: stdout is what tasks have printed


class People:
    """Text on stdout. Colour and the bar only on a terminal."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """now: seconds from some start."""
        self._now = now
        self._colour = coloured(sys.stdout)
        self._progress = Progress(live=self._colour, now=now)
        self._prefix = Prefixes(colour=self._colour)
        self._redact = Redactor(frozenset())
        self._total = 0
        self._started = now()
        self._told: set[object] = set()
        self._left = Left()
        self._sources: dict[str, SourceFile] = {}
        self._tell: dict[type, Callable[[Any], None]] = {
            run.Planned: lambda e: self._line(plan_text.render(e.plan, colour=self._colour)),
            run.Output: self._output,
            run.Found: lambda e: self._found(e.finding),
            run.Finished: self._finished,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def connected(self, label: str) -> None:
        self._line(f"target: {label}")

    def program(self, program: Program) -> None:
        self._redact = Redactor(program.secrets)
        self._total = len(program.tasks)
        self._prefix.of_spec(self._total)
        self._started = self._now()
        self._told.clear()
        self._left = Left()

    def events(self, events: Iterator[run.Event]) -> ExitCode:
        code = ExitCode.OK
        for event in events:
            self._event(event)
            if isinstance(event, run.Finished):
                code = event.report.exit_code
        return code

    def _event(self, event: run.Event) -> None:
        self._left.take(event)
        self._long(event)
        tell = self._tell.get(type(event))
        if tell is not None:
            tell(event)
        elif not (isinstance(event, OF_FEW) and self._total > FEW):
            self._sentence(event, sentences.of(event))

    def _sentence(self, event: run.Event, words: str | None) -> None:
        if words is None:
            return
        if isinstance(event, ASIDE):
            self._aside(words)
        elif isinstance(event, ONCE):
            self._once(words)
        else:
            self._line(words)

    def status(self, status: Status) -> None:
        self._block(tables.status(status, status.at))

    def occasions(self, found: Occasions) -> None:
        self._block(tables.occasions(found))

    def nowhere(self) -> None:
        self._aside(f"each folder has a local target of its own; this is that of {Path.cwd()}")

    def reruns(self, found: Reruns) -> None:
        self._block(tables.reruns(found))

    def statuses(self, found: Iterator[Status]) -> None:
        screen = Screen(live=self._colour)
        for status in found:
            now = status.at if self._colour else None  # in a log it would come again with every second
            screen.show([self._redact(safe.line(line)) for line in tables.status(status, now)])
            for finding in status.stuck:
                self._found(finding)

    def tasks(self, task_ids: Sequence[str], *, others: bool = False) -> None:
        self._prefix.of_tasks(task_ids, others=others)

    def why(self, reasons: Sequence[Reason]) -> None:
        for reason in reasons:
            label = f" [{reason.code}]" if reason.code else ""
            self._line(safe.line(reason.text + label))
            if reason.hint:
                self._line(f"  hint: {safe.line(reason.hint)}")
            for line in safe.lines(reason.excerpt):
                self._line(f"  | {line}")

    def leftovers(self, found: Sequence[Leftover], *, kept: bool) -> None:
        self._block(tables.leftovers(found))
        if found and kept:
            self._line("\nnothing was deleted; the same command with --delete does it")

    def detached(self, program: Program, again: Sequence[str], once: Sequence[str], end: Sequence[str]) -> None:
        self._progress.stop()
        left = self._left
        self._line(f"\nstopped watching; {left.words(program.job_id)}")
        self._line(f"  come back with: batchspec apply {shlex.join([*again, *(() if left.made else once)])}")
        if left.goes_on:
            self._line(f"  end it with:    batchspec cancel {shlex.join(end)}")

    def _line(self, words: str) -> None:
        self._progress.line(self._redact(words))

    def _block(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._line(safe.line(line))

    def _once(self, words: str) -> None:
        if words not in self._told:
            self._told.add(words)
            self._line(words)

    def _long(self, event: run.Event) -> None:
        """What takes long is shown on its way; of few tasks each move is told."""
        found = sentences.progress(event, self._total)
        if found is None or (isinstance(event, run.CountsMoved) and self._total <= FEW and not self._colour):
            return
        stage, done, total, words = found
        if done < total or isinstance(event, run.CountsMoved):
            self._progress.show(stage, done, total, words)
        else:
            self._progress.stop()

    def _output(self, event: run.Output) -> None:
        prefix = self._prefix(event.task_id)
        for line in safe.lines(event.text):
            self._line(prefix + line)

    def _aside(self, words: str) -> None:
        sys.stderr.write(f"{self._redact(words)}\n")
        sys.stderr.flush()

    def _found(self, found: Finding) -> None:
        self._line(text.render([found.diagnostic], self._source(found.diagnostic), colour=self._colour))
        for line in safe.lines(found.excerpt):
            self._line(f"  | {line}")

    def _source(self, diagnostic: Diagnostic) -> dict[str, SourceFile]:
        path = diagnostic.span.path if diagnostic.span else None
        if path is not None and path not in self._sources:
            try:
                self._sources[path] = read(path)
            except BatchspecError:  # gone since it was checked: the place alone will do
                return {}
        return self._sources

    def _finished(self, event: run.Finished) -> None:
        self._progress.stop()
        report = event.report
        if report.running:
            self._line(f"still running: {', '.join(report.running[:20])}")
        rows = list(tables.tasks(report.tasks, report.omitted))
        for line in ["", *rows] if rows else ():
            self._line(line)
        if report.downloads:
            self._line(f"\nresults: {_common(report.downloads)}")
        found = text.summary(one for one in report.diagnostics if one.severity is not Severity.NOTE)
        self._line(f"\n{tables.verdict(report, self._now() - self._started)}" + (f"; {found}" if found else ""))


def _common(paths: Sequence[Path]) -> str:
    """The one file, or the folder that holds them all."""
    if len(paths) == 1:
        return str(paths[0])
    import os

    return os.path.commonpath([str(path) for path in paths]) + os.sep
