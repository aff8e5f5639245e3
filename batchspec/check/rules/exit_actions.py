"""BS224, BS225: what only works when the job allows it: actions on the job when a task ends, and dependencies.

From the REST document: `jobAction` is refused where `onTaskFailure` is noaction, its default, and `dependsOn` where
`usesTaskDependencies` is not true, which we set by ourselves unless it is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding, per_place, title
from batchspec.check.walk import Walk
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.native.tasks import ExitOptions

_OPTIONS = Walk(lambda model: issubclass(model, ExitOptions))


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each template once."""
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


def _actions(spec: Spec) -> Iterator[Diagnostic]:
    for task, count in spec.examples():
        conditions = task.exit_conditions
        for options in _OPTIONS(conditions) if conditions is not None else ():
            if isinstance(options, ExitOptions) and options.job_action is not None:
                message = f"{title(task, count)} acts on the job when it ends, and the job does not allow that"
                hint = "set job.on_task_failure to performexitoptionsjobaction"
                place = options.node.keys["job_action"]
                yield finding("BS224", message, place, f"{options.pointer}/job_action", hint)
