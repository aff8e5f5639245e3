"""What becomes of a job's tasks.

A job keeps the content hash of its tasks. While that is the spec's, written by this version of ours, and the number of
tasks is right, nothing is looked at one by one. Otherwise every live task is compared as it comes, by the fields that
the spec sets, and none is kept: there may be a million. A task is never made again under an id that had another
content: what cannot change in place is a reason to replace the job, since those that wait for a task that was deleted
and made again would wait for ever.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress
from typing import TYPE_CHECKING, Any

from batchspec.compiler.members import is_open, manager
from batchspec.compiler.record import TASKS, recorded
from batchspec.planning import inputs
from batchspec.planning.differences import Difference, differences
from batchspec.planning.live import Live
from batchspec.planning.owner import marks
from batchspec.planning.places import Place, place
from batchspec.planning.unset import unset
from batchspec.planning.words import listed
from batchspec.ports import TASKS_KEY, VERSION_KEY, Counts, JobView

if TYPE_CHECKING:
    from batchspec.compiler.program import Program

_APART = frozenset({"id"})
SHOWN = 3  # tasks whose differences are told one by one


@dataclass(frozen=True)
class Tasks:
    """How a live job's tasks differ from the spec's, each in the order of the spec.

    missing: how many are not there; new: their ids, where they are known. limits: those whose constraints change.
    gone: those that the spec no longer has; running: those of them that run. fixed: why the job has to be made anew;
    then limits are not all looked at, and differences are told of the first SHOWN. completed: of the spec's, how many.
    """

    missing: int = 0
    new: tuple[str, ...] = ()
    limits: Mapping[str, Sequence[Difference]] = field(default_factory=dict)
    gone: Sequence[str] = ()
    running: Sequence[str] = ()
    fixed: Mapping[str, Sequence[Difference]] = field(default_factory=dict)
    completed: int = 0

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
    """What is not as the spec says; by their number where they were not listed."""
    if live.tasks is not None:
        return live.tasks
    total, counts = len(program.task_ids), live.counts
    held = counts.total - (manager(program) is not None and counts.total > 0)
    return Tasks(missing=max(0, total - held), completed=min(counts.completed, total))


def compare(program: Program, job: JobView, bodies: Iterable[Mapping[str, Any]]) -> Tasks:
    """What is not as the spec says of the tasks that are there. bodies: the service's JSON of each, in any order."""
    first, ids, among = manager(program), program.task_ids, _Among(program, job)
    # The service takes no notice of the case of an id.
    places = {task_id.lower(): at for at, task_id in enumerate(ids)}
    own = first.body.id.lower() if first is not None else None
    absent = bytearray(b"\1") * len(ids)
    gone: dict[str, str] = {}
    completed = 0
    for there in bodies:
        task_id, state = str(there["id"]), there.get("state") or ""
        at = places.get(task_id.lower())
        if at is not None:
            absent[at] = 0
            completed += state == "completed"
            among.compare(at, there)
        elif task_id.lower() != own and not is_open(program):
            gone[task_id] = state
    new = tuple(compress(ids, absent))
    return Tasks(
        len(new),
        new,
        {ids[at]: differ for at, differ in sorted(among.limits.items())},
        [*gone],
        [one for one, state in gone.items() if state in ("running", "preparing")],
        {ids[at]: differ for at, differ in sorted(among.fixed.items())},
        completed,
    )


class _Among:
    """The live tasks of a job that are the spec's, one after the other; what differs is kept by their places."""

    def __init__(self, program: Program, job: JobView) -> None:
        self.limits: dict[int, list[Difference]] = {}
        self.fixed: dict[int, list[Difference]] = {}
        self._program = program
        self._retries = (job.body.get("constraints") or {}).get("maxTaskRetryCount") or 0
        self._told: list[int] = []  # the first SHOWN of those that are fixed

    def compare(self, at: int, there: Mapping[str, Any]) -> None:
        """Compare one. Once enough is known to tell, only whether the job has to be made anew for it, too."""
        (body,) = self._program.bodies((at,))
        found = chain(differences(body, there, skip=_APART), unset("task", body, there, retries=self._retries))
        if len(self._told) == SHOWN and at > self._told[-1]:
            if any(map(self._never, found)):
                self.fixed[at] = []
            return
        differ = list(found)
        if any(map(self._never, differ)):
            self.fixed[at] = differ
            insort(self._told, at)
            del self._told[SHOWN:]
        elif differ and there.get("state") != "completed":  # no limit holds for it any more, and the service takes none
            self.limits[at] = differ

    def _never(self, one: Difference) -> bool:
        return place("task", self._program.api_version, one) is Place.NEVER


def unseen(program: Program, live: Live, work: Tasks) -> bool:
    """Whether a task that is there has now another value of those that the service never tells.

    They are not recorded by task: one that is gone may have gone with its task, and a new one come with a new task.
    """
    assert program.job is not None, "only a job has tasks"
    then = recorded(live.job.metadata) if live.job is not None and live.counts.total else {}
    if not then:
        return False
    now = recorded(marks(program.job.body))
    before, after = ({*one.get(TASKS, "").split(",")} - {""} for one in (then, now))
    return bool((before - after and not work.gone) or (after - before and not work.missing))


def reasons(found: Mapping[str, Sequence[Difference]], program: Program) -> list[str]:
    """Why, for the first tasks one by one."""
    first, others = list(found)[:SHOWN], list(found)[SHOWN:]
    made = [f'task "{i}": {text}' for i in first for text in inputs.reasons("task", found[i], program)[:SHOWN]]
    return [*made, f"{listed(others)} differ{'s' * (len(others) == 1)} as well"] if others else made
