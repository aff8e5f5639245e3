"""What becomes of a job from which somebody has turned away, by what has happened so far."""

from __future__ import annotations

from batchspec.planning.change import Action, Plan
from batchspec.run import events as run

_WHOLE = (run.Armed, run.CountsMoved, run.TaskMoved)
_TOLD = (run.Planned, run.Found, run.Waiting, run.Kept)  # nothing was done for these


class Left:
    """Told of each event of one spec; says how things stand."""

    def __init__(self) -> None:
        self._begun = False
        self._made = False  # the job is there, as far as we know
        self._whole = False  # it holds its tasks, and is armed or watched
        self._over = False
        self._paused = False
        self._going: set[str] = set()  # what is being deleted, or left without nodes: job, pool
        self._again: set[str] = set()  # what is deleted to be made anew

    @property
    def made(self) -> bool:
        """Whether the job is as the command asked for it, and the next one finds it so."""
        return self._made and "job" not in self._again

    @property
    def goes_on(self) -> bool:
        """Whether there is a job of the command's that runs tasks, or will."""
        return self.made and not self._over and "job" not in self._going

    def take(self, event: run.Event) -> None:
        """What has happened."""
        self._begun = self._begun or not isinstance(event, _TOLD)
        if isinstance(event, run.Planned):
            self._planned(event.plan)
        elif isinstance(event, run.Removing):
            self._going.add(event.kind)
        elif isinstance(event, run.PoolResizing):
            (self._going.discard if event.target_nodes else self._going.add)("pool")
        elif isinstance(event, run.PoolReady):
            self._there("pool")
        elif isinstance(event, run.JobReady):
            self._there("job")
            self._made, self._over = True, event.how == "completed"
        elif isinstance(event, run.Draining):
            self._paused = self._made = True
        elif isinstance(event, run.Updated) and event.kind == "job":
            self._paused = False
        elif isinstance(event, (run.Downloaded, run.JobTerminated)):
            self._over = True
        elif isinstance(event, _WHOLE):
            self._whole = self._made = True
            if isinstance(event, run.CountsMoved):
                self._over = event.counts.completed == event.counts.total > 0

    def _planned(self, plan: Plan) -> None:
        job = plan.of("job")
        self._made = job is not None and job.action is not Action.CREATE
        self._again = {change.kind for change in plan.changes if change.action is Action.REPLACE}
        self._begun = bool(plan.destroys)  # somebody has agreed to it, or it would have ended there

    def _there(self, kind: str) -> None:
        self._going.discard(kind)
        self._again.discard(kind)

    def words(self, job_id: str | None) -> str:
        """How things stand, as half a sentence."""
        if not self._begun:
            return "nothing was changed"
        if job_id is None:
            return "the same command goes on"
        return self._of_job(job_id)

    def _of_job(self, job_id: str) -> str:
        if "job" in self._again:
            gone = "is being replaced" if "job" in self._going else "is to be replaced"
            return f"job {job_id} {gone}; the same command goes on with that"
        if "job" in self._going:
            return f"job {job_id} is deleted, as on_finish says"
        if self._paused:
            return f"job {job_id} is paused, and starts no task until the same command has gone on"
        if self._over:
            return f"the tasks of job {job_id} have ended; the same command says what they came to"
        if "pool" in self._going:
            return f"job {job_id} waits for nodes, which the same command brings back"
        if not self._made:
            return f"job {job_id} is not submitted yet; the same command goes on with that"
        return f"job {job_id} {'goes on' if self._whole else 'is not complete yet; the same command completes it'}"
