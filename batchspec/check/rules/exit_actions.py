"""BS106, BS218, BS224, BS225: what a task's end does to the job and to other tasks, and whether the job allows it.

From the REST document: `jobAction` is refused where `onTaskFailure` is noaction, its default, and `dependsOn` where
`usesTaskDependencies` is not true, which we set by ourselves unless it is written. Which of two answers to one exit
code holds, it does not say.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding, per_place, title
from batchspec.check.walk import Walk
from batchspec.diag import Diagnostic, Related, Severity
from batchspec.spec.build import Spec
from batchspec.spec.native.tasks import ExitCodeMapping, ExitCodeRangeMapping, ExitOptions

_Codes = tuple[int, int, ExitCodeMapping | ExitCodeRangeMapping]  # the first, the last, and where they stand
_OPTIONS = Walk(lambda model: issubclass(model, ExitOptions))


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each template once."""
    yield from per_place(_ranges(spec))
    job = spec.keys.job
    if job is None:
        return
    if job.on_task_failure != "performexitoptionsjobaction":
        yield from per_place(_actions(spec))
    if job.uses_task_dependencies is False:
        for task, count in spec.examples():
            if spec.graph.waits(task):
                where = "depends_on" if task.depends_on else "inputs"
                message = f"{title(task, count)} waits for others, and the job says that none do"
                hint = "take job.uses_task_dependencies out"
                yield finding("BS225", message, task.node.keys[where], f"{task.pointer}/{where}", hint)
                return


def _ranges(spec: Spec) -> Iterator[Diagnostic]:
    for task, _ in spec.examples():
        conditions = task.exit_conditions
        if conditions is None:
            continue
        spans: list[_Codes] = [(one.code, one.code, one) for one in conditions.exit_codes or ()]
        for one in conditions.exit_code_ranges or ():
            if one.end < one.start:
                message = f"the range ends at {one.end}, before it starts at {one.start}"
                yield finding("BS106", message, one.at("end"), f"{one.pointer}/end", "let the end be the last code")
            else:
                spans.append((one.start, one.end, one))
        yield from _twice(sorted(spans, key=lambda span: span[:2]))


def _twice(spans: list[_Codes]) -> Iterator[Diagnostic]:
    """Of spans in order each that meets an earlier one with another answer."""
    last, reach = -(2**31) - 1, None
    for start, end, one in spans:
        if reach is not None and start <= last and _answer(one) != _answer(reach):
            codes = f"exit code {start}" if start == min(end, last) else f"the exit codes {start} to {min(end, last)}"
            name = "code" if isinstance(one, ExitCodeMapping) else "start"
            message, hint = f"there are two answers to {codes}", "let each exit code have one"
            related = (Related("the other", reach.node.span),)
            found = finding("BS218", message, one.at(name), f"{one.pointer}/{name}", hint, related)
            yield found.at(Severity.WARNING)
        if end > last:
            last, reach = end, one


def _answer(one: ExitCodeMapping | ExitCodeRangeMapping) -> tuple[str | None, str | None]:
    return one.exit_options.job_action, one.exit_options.dependency_action


def _actions(spec: Spec) -> Iterator[Diagnostic]:
    for task, count in spec.examples():
        conditions = task.exit_conditions
        for options in _OPTIONS(conditions) if conditions is not None else ():
            if isinstance(options, ExitOptions) and options.job_action is not None:
                message = f"{title(task, count)} acts on the job when it ends, and the job does not allow that"
                hint = "set job.on_task_failure to performexitoptionsjobaction"
                place = options.node.keys["job_action"]
                yield finding("BS224", message, place, f"{options.pointer}/job_action", hint)
