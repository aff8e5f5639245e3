"""Program and live state to ordered changes with their reasons. Pure: who reads the live state is `run.look`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchspec.diag import Diagnostic
from batchspec.plan.change import Action, Change, Plan
from batchspec.plan.jobs import ENDED, job_changes
from batchspec.plan.live import Live
from batchspec.plan.owner import marks
from batchspec.plan.pools import pool_change
from batchspec.plan.schedules import schedule_change
from batchspec.ports import FINGERPRINT_KEY, TASKS_KEY

if TYPE_CHECKING:
    from batchspec.compiler.program import Program


def plan(program: Program, live: Live, *, adopt: bool = False) -> Plan:
    """What an apply would do. adopt: whether what is not the spec's own is taken over."""
    found: list[Change | Diagnostic | None] = [
        _files(program, live),
        pool_change(program, live, adopt=adopt),
        schedule_change(program, live, adopt=adopt),
    ]
    job = job_changes(program, live, adopt=adopt)
    found += [job] if isinstance(job, Diagnostic) else job
    changes = [one for one in found if isinstance(one, Change)]
    problems = tuple(one for one in found if isinstance(one, Diagnostic))
    if has_run(live, changes):
        # A job that has completed needs neither its pool nor its files any more.
        changes = [change for change in changes if change.kind in ("job", "tasks")]
        problems = ()
    return Plan(program.name, tuple(changes), problems, etags(live), prints(program))


def etags(live: Live) -> dict[str, str]:
    """What is live, as it was seen."""
    views = (("pool", live.pool), ("job", live.job), ("job_schedule", live.schedule))
    return {kind: view.etag for kind, view in views if view is not None}


def prints(program: Program) -> dict[str, str]:
    """The ids and content hashes of what the spec asks for."""
    made = {}
    for kind, of in (("pool", program.pool), ("job", program.job), ("job_schedule", program.schedule)):
        if of is not None:
            found = marks(of.body)
            made[kind] = " ".join([str(of.body.id), found.get(FINGERPRINT_KEY, ""), found.get(TASKS_KEY, "")]).strip()
    return made


def has_run(live: Live, changes: Sequence[Change]) -> bool:
    """Whether the job has completed and is to stay as it is."""
    over = live.job is not None and live.job.state in ENDED
    return over and any(change.kind == "job" and change.action is Action.NOTHING for change in changes)


def _files(program: Program, live: Live) -> Change | None:
    wanted = {item.blob: item for item in program.uploads}
    if not wanted:
        return None
    missing = [item for blob, item in wanted.items() if blob in live.unstored]
    if not missing:
        return Change("files", program.container, Action.NOTHING, count=len(wanted))
    size = sum(item.size for item in missing)
    why, paths = (f"{size:,} bytes to upload",), tuple(str(item.path) for item in missing)
    return Change("files", program.container, Action.CREATE, why, ids=paths, count=len(missing))
