"""Say what an apply would do, and do it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing, nullcontext
from pathlib import Path

from batchspec.errors import BatchspecError
from batchspec.library.runs import Run
from batchspec.library.specs import Spec
from batchspec.planning.change import Plan
from batchspec.run.apply import apply as run_apply
from batchspec.run.context import Options
from batchspec.run.events import Event, Finished
from batchspec.run.look import plan_of
from batchspec.run.report import Report, Verdict
from batchspec.run.retry import heard


class NotApplied(BatchspecError):
    """The service, what is there already, or the time, does not let the spec be applied. report: with the reasons."""

    def __init__(self, report: Report) -> None:
        found = report.diagnostics
        super().__init__("; ".join(one.message for one in found[:3]), found[0].hint if found else None)
        self.report = report


def plan(spec: Spec, *, rerun: bool = False, adopt: bool = False) -> Plan:
    """What an apply would do, with its reasons; nothing is changed.

    rerun: once the job has ended, its next run. adopt: take over what has the spec's ids and was not made by it.
    Raises ServiceError, LocalFailure, UsageError.
    """
    with spec.place.connect() as connection:
        program = connection.program(spec.built, rerun=rerun)
        return plan_of(program, *connection.world(program), Options(adopt=adopt, rerun=rerun))


def apply(
    spec: Spec,
    *,
    wait: bool = True,
    timeout: float | None = None,
    on_event: Callable[[Event], object] | None = None,
    results: str | Path | None = None,
    rerun: bool = False,
    adopt: bool = False,
    force: bool = False,
    agree: bool | Callable[[Plan], bool] = False,
) -> Run:
    """Upload, make pool, job and tasks, watch, bring the results home. What is there and as it should be is left.

    wait: False returns once the job holds all of its tasks; `Run.wait` goes on from there, in any process.
    timeout: seconds for all of it, after which a job that runs goes on; None for as long as it takes.
    on_event: called with each event, in this thread; what it raises ends the apply, and the job goes on.
    results: the folder for outputs with `download: true`; None is `outputs` in the spec's `folder`.
    rerun: once the job has ended, make its next run, <id>-2 and so on.
    adopt: take over a pool, job or schedule of the spec's id that it did not make.
    force: do not wait for what runs on a pool that is replaced.
    agree: True, or a function of the plan, when something would be replaced or deleted.

    `Run.report` has the verdict. Raises NotApplied, UsageError when nobody agreed, ServiceError, LocalFailure.
    """
    options = Options(
        results=spec.place.folder / "outputs" if results is None else Path(results),
        timeout=timeout,
        follow=None if on_event is not None else False,  # what tasks print is not fetched for nobody
        wait=wait,
        agree=agree if callable(agree) else lambda _plan: agree,
        adopt=adopt,
        rerun=rerun,
        force=force,
    )
    with spec.place.connect() as connection:
        with nullcontext() if on_event is None else heard(on_event):
            program = connection.program(spec.built, rerun=rerun)
        events = run_apply(program, *connection.world(program), options)
        report = _report(events, on_event)
        late = any(found.code == "BS816" for found in report.diagnostics)
        if late or report.verdict is Verdict.REFUSED:
            raise NotApplied(report)
        container = program.container if program.stores else ""
        return Run(spec.place, connection.target, report.job_id, report, container)


def _report(events: Generator[Event, None, None], on_event: Callable[[Event], object] | None) -> Report:
    with closing(events):
        for event in events:
            if on_event is not None:
                on_event(event)
            if isinstance(event, Finished):
                return event.report
    raise AssertionError("an apply ends with Finished")
