"""What becomes of a job's tasks.

A job keeps the content hash of its tasks. While that is the spec's, written by this version of ours, and the number of
tasks is right, nothing is looked at one by one. Otherwise every live task is compared, by the fields that the spec
sets. A task is never made again under an id that had another content: what cannot change in place is a reason to
replace the job, since those that wait for a task that was deleted and made again would wait for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from batchspec.compiler.members import is_open, manager
from batchspec.planning import inputs
from batchspec.planning.differences import Difference, differences
from batchspec.planning.live import Live
from batchspec.planning.owner import marks
from batchspec.planning.places import Place, split
from batchspec.planning.unset import unset
from batchspec.planning.words import listed
from batchspec.ports import TASKS_KEY, VERSION_KEY, Counts, JobView

if TYPE_CHECKING:
    from batchspec.compiler.program import Program

_APART = frozenset({"id"})
SHOWN = 3  # tasks whose differences are told one by one


@dataclass
class Tasks:
    """How a live job's tasks differ from the spec's.

    missing: how many are not there; new: their ids, where they are known. limits: those whose constraints change.
    gone: those that the spec no longer has. fixed: why the job has to be made anew.
    """

    missing: int = 0
    new: tuple[str, ...] = ()
    limits: dict[str, list[Difference]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    fixed: dict[str, list[Difference]] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.missing or self.limits or self.gone or self.fixed)


def need_bodies(program: Program, job: JobView, counts: Counts) -> bool:
    """Whether the live tasks have to be listed to compare them."""
    wanted = len(program.tasks) + (manager(program) is not None)
    if not counts.total:
        return False
    if not same_content(program, job):
        return bool(program.tasks) or not is_open(program)
    return counts.total > wanted and not is_open(program)


def same_content(program: Program, job: JobView) -> bool:
    """Whether the job was filled, or is being filled, with what the spec says, as this version writes it."""
    assert program.job is not None, "only a job has tasks"
    wanted = marks(program.job.body)
    return all(job.metadata.get(key) == wanted.get(key) for key in (TASKS_KEY, VERSION_KEY))


def compared(program: Program, live: Live) -> Tasks:
    """What is not as the spec says."""
    total, first = len(program.tasks), manager(program)
    if live.tasks is None:
        held = live.counts.total - (first is not None and live.counts.total > 0)
        return Tasks(missing=max(0, total - held))
    # The service takes no notice of the case of an id.
    there = {task_id.lower(): body for task_id, body in live.tasks.items()}
    retries = 0 if live.job is None else (live.job.body.get("constraints") or {}).get("maxTaskRetryCount") or 0
    found, known = Tasks(), set[str]()
    new: list[str] = []
    for made in program.tasks:
        body = made.body
        known.add(body.id.lower())
        there_ = there.get(body.id.lower())
        if there_ is None:
            new.append(body.id)
            continue
        _compare(program, body, there_, found, retries)
    if first is not None:
        known.add(first.body.id.lower())
    found.missing, found.new = len(new), tuple(new)
    if not is_open(program):
        found.gone = [task_id for task_id in live.tasks if task_id.lower() not in known]
    return found


def _compare(program: Program, body: Any, there: Mapping[str, Any], found: Tasks, retries: int) -> None:
    differ = [*differences(body, there, skip=_APART), *unset("task", body, there, retries=retries)]
    if not differ:
        return
    by_place = split("task", program.api_version, differ)
    if Place.NEVER in by_place:
        found.fixed[body.id] = differ
    elif there.get("state") != "completed":  # no limit holds for it any more, and the service takes none
        found.limits[body.id] = differ


def completed(program: Program, live: Live) -> int:
    """How many tasks of the spec have completed in the live job."""
    if live.tasks is None:
        return min(live.counts.completed, len(program.tasks))
    done = {task_id.lower() for task_id, body in live.tasks.items() if body.get("state") == "completed"}
    return sum(task_id.lower() in done for task_id in program.task_ids)


def reasons(found: Mapping[str, list[Difference]], program: Program) -> list[str]:
    """Why, for the first tasks one by one."""
    first, others = list(found)[:SHOWN], list(found)[SHOWN:]
    made = [f'task "{i}": {text}' for i in first for text in inputs.reasons("task", found[i], program)[:SHOWN]]
    return [*made, f"{listed(others)} differ{'s' * (len(others) == 1)} as well"] if others else made
