"""Program and live state to ordered changes with their reasons. Pure: who reads the live state is `run.look`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from batchspec.diag import Diagnostic
from batchspec.planning.change import Action, Change, Plan
from batchspec.planning.finishing import job_at_end, pool_at_end
from batchspec.planning.jobs import ENDED, job_changes
from batchspec.planning.live import Live
from batchspec.planning.owner import marks
from batchspec.planning.pools import missing_pool, pool_change
from batchspec.planning.schedules import schedule_change
from batchspec.ports import FINGERPRINT_KEY, TASKS_KEY

if TYPE_CHECKING:
    from batchspec.compiler.program import Program


def plan(program: Program, live: Live, *, adopt: bool = False, rerun: bool = False) -> Plan:
    """What an apply would do.

    adopt: whether what is not the spec's own is taken over. rerun: whether a schedule that has ended is made anew.
    """
    job = job_changes(program, live, adopt=adopt)
    if not isinstance(job, Diagnostic) and has_run(live, job):
        return _at_end(program, live, job, adopt=adopt)
    ended = not isinstance(job, Diagnostic) and any(of.kind == "job" and of.action is Action.REPLACE for of in job)
    found: list[Change | Diagnostic | None] = [
        _files(program, live),
        missing_pool(program, live),
        # A job that is replaced has ended its tasks before anything becomes of its pool.
        pool_change(program, replace(live, job=None) if ended else live, adopt=adopt),
        schedule_change(program, live, adopt=adopt, rerun=rerun),
    ]
    found += [job] if isinstance(job, Diagnostic) else job
    changes = [one for one in found if isinstance(one, Change)]
    problems = tuple(one for one in found if isinstance(one, Diagnostic))
    return Plan(program.name, tuple(changes), problems, etags(live), prints(program), live.left)


def _at_end(program: Program, live: Live, job: list[Change], *, adopt: bool) -> Plan:
    """Of a job that has completed: it needs no files any more, and no pool; one that is there is as the spec says."""
    pool = pool_at_end(program, live, adopt=adopt)
    changes = [job_at_end(program, change) if change.kind == "job" else change for change in job]
    problems = (pool,) if isinstance(pool, Diagnostic) else ()
    first = [pool] if isinstance(pool, Change) else []
    return Plan(program.name, (*first, *changes), problems, etags(live), prints(program), live.left)


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
            text = " ".join([found.get(FINGERPRINT_KEY, ""), found.get(TASKS_KEY, "")])
            made[kind] = f"{of.body.id} {sha256(text.encode()).hexdigest()}"
    return made


def has_run(live: Live, changes: Sequence[Change]) -> bool:
    """Whether the job has completed and is to stay as it is, or goes as on_finish says."""
    over = live.job is not None and live.job.state in ENDED
    return over and any(one.kind == "job" and (one.action is Action.NOTHING or one.due) for one in changes)


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
