"""Events for people: a line each, and below them a bar when a terminal shows them."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from batchspec.cli.views import safe, tables
from batchspec.cli.views.findings import coloured
from batchspec.cli.views.prefixes import Prefixes
from batchspec.cli.views.progress import Progress
from batchspec.cli.views.screen import Screen
from batchspec.diag import Diagnostic, Severity, text
from batchspec.diag.secrets import Redactor
from batchspec.errors import BatchspecError, ExitCode
from batchspec.plan import text as plan_text
from batchspec.run import events as run
from batchspec.source import SourceFile, read

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.run.gc import Leftover
    from batchspec.run.occasions import Occasions
    from batchspec.run.status import Status
    from batchspec.run.why.facts import Reason

FEW = 30  # tasks whose moves are told one by one


class People:
    """Text on stdout. Colour and the bar only on a terminal."""

    def __init__(self) -> None:
        self._colour = coloured(sys.stdout)
        self._progress = Progress(live=self._colour)
        self._prefix = Prefixes(colour=self._colour)
        self._redact = Redactor(frozenset())
        self._total = 0
        self._started = time.monotonic()
        self._told: set[object] = set()
        self._armed = False
        self._leaving: set[str] = set()  # what is being deleted, or left without nodes: job, pool
        self._sources: dict[str, SourceFile] = {}
        self._tell: dict[type, Callable[[Any], None]] = {
            run.Planned: self._planned,
            run.Updated: lambda e: self._line(f"{e.kind} {e.name}: changed in place: {e.what}"),
            run.Draining: self._draining,
            run.Uploading: self._uploading,
            run.PoolReady: lambda e: self._line(f"pool {e.pool_id}: {'created' if e.created else 'there already'}"),
            run.PoolResizing: self._pool_resizing,
            run.PoolMoved: self._pool_moved,
            run.JobReady: self._job_ready,
            run.ScheduleReady: lambda e: self._line(tables.schedule(e)),
            run.TasksAdded: self._tasks_added,
            run.TaskMoved: self._task_moved,
            run.TaskRetried: self._task_retried,
            run.CountsMoved: self._counts_moved,
            run.Output: self._output,
            run.NothingPrinted: self._nothing_printed,
            run.FromStorage: lambda e: self._aside(f"job {e.job_id} is gone; this is what storage has kept of it"),
            run.Found: lambda e: self._found(e.finding.diagnostic, e.finding.excerpt),
            run.JobTerminated: lambda e: self._line(f"job {e.job_id}: ended by us, because {e.reason}"),
            run.Downloaded: lambda e: self._line(f"{e.path} ({tables.size(e.size)})"),
            run.Waiting: self._waiting,
            run.Removing: self._removing,
            run.Removed: self._removed,
            run.Kept: lambda e: self._line(f"{e.kind} {e.name}: kept, {e.reason}"),
            run.Cancelled: self._cancelled,
            run.Reactivated: lambda e: self._line(f"job {e.job_id}: {tables.named(e.task_ids)} will run again"),
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
        self._started = time.monotonic()
        self._told.clear()
        self._armed = False
        self._leaving.clear()

    def events(self, events: Iterator[run.Event]) -> ExitCode:
        code = ExitCode.OK
        for event in events:
            tell = self._tell.get(type(event))
            if tell is not None:
                tell(event)
            if isinstance(event, run.Finished):
                code = event.report.exit_code
        return code

    def status(self, status: Status) -> None:
        for line in tables.status(status):
            self._line(line)

    def occasions(self, found: Occasions) -> None:
        for line in tables.occasions(found):
            self._line(line)

    def statuses(self, found: Iterator[Status]) -> None:
        screen = Screen(live=self._colour)
        for status in found:
            screen.show([self._redact(line) for line in tables.status(status)])

    def tasks(self, task_ids: Sequence[str], *, others: bool = False) -> None:
        self._prefix.of_tasks(task_ids, others=others)

    def why(self, reasons: Sequence[Reason]) -> None:
        for reason in reasons:
            label = f" [{reason.code}]" if reason.code else ""
            for line in safe.lines(reason.text + label):
                self._line(line)
            if reason.hint:
                self._line(f"  hint: {reason.hint}")
            for line in safe.lines(reason.excerpt):
                self._line(f"  | {line}")

    def leftovers(self, found: Sequence[Leftover], *, kept: bool) -> None:
        for line in tables.leftovers(found):
            self._line(line)
        if found and kept:
            self._line("\nnothing was deleted; the same command with --delete does it")

    def detached(self, program: Program, again: Sequence[str]) -> None:
        self._progress.stop()
        named = shlex.join(again)
        self._line(f"\nstopped watching; {self._left(program.job_id)}")
        self._line(f"  come back with: batchspec apply {named}")
        self._line(f"  end it with:    batchspec destroy {named}")

    def _left(self, job_id: str | None) -> str:
        if job_id is None:
            return "the same command goes on"
        if "job" in self._leaving:
            return f"job {job_id} is deleted, as on_finish says"
        if "pool" in self._leaving:
            return f"job {job_id} waits for nodes, which the same command brings back"
        return f"job {job_id} {'goes on' if self._armed else 'is not complete yet; the same command completes it'}"

    def _line(self, words: str) -> None:
        self._progress.line(self._redact(words))

    def _once(self, words: str) -> None:
        if words not in self._told:
            self._told.add(words)
            self._line(words)

    def _planned(self, event: run.Planned) -> None:
        # What stands in the way is told as findings.
        self._line(plan_text.render(event.plan, colour=self._colour))

    def _draining(self, event: run.Draining) -> None:
        tasks = f"{event.running} task{'s' * (event.running != 1)}"
        self._line(f"job {event.job_id}: paused while its pool is replaced; {tasks} still running")

    def _uploading(self, event: run.Uploading) -> None:
        if event.done == event.total:
            there = f", {event.skipped} there already" if event.skipped else ""
            self._once(f"inputs: {event.total} uploaded ({tables.size(event.bytes_total)}){there}")

    def _pool_resizing(self, event: run.PoolResizing) -> None:
        if not event.target_nodes:
            self._leaving.add("pool")
        self._line(f"pool {event.pool_id}: resized to {event.target_nodes} node{'s' * (event.target_nodes != 1)}")

    def _removing(self, event: run.Removing) -> None:
        self._leaving.add(event.kind)
        self._once(f"{event.kind} {event.name}: being deleted")

    def _pool_moved(self, event: run.PoolMoved) -> None:
        nodes = tables.listed(event.nodes.items())
        self._once(f"pool {event.pool_id}: {event.allocation}, {nodes or 'no nodes yet'} of {event.target_nodes}")

    def _job_ready(self, event: run.JobReady) -> None:
        words = {
            "created": "created",
            "resumed": "taken up where it was left",
            "completed": "has run before; this is what it came to (change the id to run it again)",
        }
        self._line(f"job {event.job_id}: {words[event.how]}")

    def _tasks_added(self, event: run.TasksAdded) -> None:
        if event.done == event.total:
            self._once(f"tasks: {event.total:,}")

    def _counts_moved(self, event: run.CountsMoved) -> None:
        self._armed = True  # only a job that has all of its tasks, and is armed, is watched
        self._progress.counts(event.counts, self._total)

    def _task_moved(self, event: run.TaskMoved) -> None:
        view = event.task
        if self._total > FEW:
            return
        if view.state != "completed":
            self._line(
                f"task {view.id}: {view.state} on {view.node_id}" if view.node_id else f"task {view.id}: {view.state}"
            )
            return
        took = ""
        if view.started and view.ended:
            took = f" after {tables.duration((view.ended - view.started).total_seconds())}"
        self._line(f"task {view.id}: {'succeeded' if view.succeeded else 'failed'}{took}")

    def _task_retried(self, event: run.TaskRetried) -> None:
        view = event.task
        if self._total > FEW:
            return
        known = view.state != "completed" and view.exit_code is not None
        after = f" after exit code {view.exit_code}" if known else ""
        self._line(f"task {view.id}: try {view.retries + 1}{after}")

    def _output(self, event: run.Output) -> None:
        prefix = self._prefix(event.task_id)
        for line in safe.lines(event.text):
            self._line(prefix + line)

    def _nothing_printed(self, event: run.NothingPrinted) -> None:
        """On stderr: stdout is what tasks have printed."""
        if not event.count:
            self._aside(event.reason)
            return
        reason = (
            event.reason.replace("have ", "has ", 1).replace("they wait", "it waits")
            if event.count == 1
            else event.reason
        )
        more = ", ..." if event.count > len(event.task_ids) else ""
        what = (
            f"task {event.task_ids[0]}"
            if event.count == 1
            else f"{event.count:,} tasks ({', '.join(event.task_ids)}{more})"
        )
        self._aside(f"{what}: {reason}")

    def _aside(self, words: str) -> None:
        sys.stderr.write(f"{self._redact(words)}\n")
        sys.stderr.flush()

    def _found(self, diagnostic: Diagnostic, excerpt: str) -> None:
        self._line(text.render([diagnostic], self._source(diagnostic), colour=self._colour))
        for line in safe.lines(excerpt):
            self._line(f"  | {line}")

    def _source(self, diagnostic: Diagnostic) -> dict[str, SourceFile]:
        path = diagnostic.span.path if diagnostic.span else None
        if path is not None and path not in self._sources:
            try:
                self._sources[path] = read(path)
            except BatchspecError:  # gone since it was checked: the place alone will do
                return {}
        return self._sources

    def _waiting(self, event: run.Waiting) -> None:
        if event.seconds >= 1:
            self._line(f"waiting {event.seconds:.0f} s: {event.what}: {event.reason}")

    def _removed(self, event: run.Removed) -> None:
        gone = {0: "was not there", 1: "removed"}.get(event.count, f"{event.count:,} removed")
        self._line(f"{event.kind} {event.name}: {gone}")

    def _cancelled(self, event: run.Cancelled) -> None:
        what = f"{tables.named(event.task_ids)} ended" if event.task_ids else "cancelled"
        self._line(f"{event.kind} {event.name}: {what}; {event.running:,} ran, {event.waiting:,} waited")
        if event.blocked:
            self._line(f"{tables.named(event.blocked)} waited for that, and can never run")

    def _finished(self, event: run.Finished) -> None:
        self._progress.stop()
        report = event.report
        if report.running:
            self._line(f"still running: {', '.join(report.running[:20])}")
        if report.tasks:
            self._line("")
        for line in tables.tasks(report.tasks, report.omitted):
            self._line(line)
        if report.downloads:
            self._line(f"\nresults: {_common(report.downloads)}")
        found = text.summary(one for one in report.diagnostics if one.severity is not Severity.NOTE)
        self._line(f"\n{tables.verdict(report, time.monotonic() - self._started)}" + (f"; {found}" if found else ""))


def _common(paths: Sequence[Path]) -> str:
    """The one file, or the folder that holds them all."""
    if len(paths) == 1:
        return str(paths[0])
    import os

    return os.path.commonpath([str(path) for path in paths]) + os.sep
