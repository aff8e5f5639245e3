"""What becomes of a job from which somebody has turned away, by what has happened so far."""

from __future__ import annotations

from batchspec.planning.change import Action, Plan
from batchspec.run import events as run

_WHOLE = (run.Armed, run.CountsMoved, run.TaskMoved)


class Left:
    """Told of each event of one spec; says how things stand."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._whole = False  # it holds its tasks, and is armed or watched
        self._paused = False
        self._going: set[str] = set()  # what is being deleted, or left without nodes: job, pool
        self._again: set[str] = set()  # what is deleted to be made anew

    def take(self, event: run.Event) -> None:
        """What has happened."""
        if isinstance(event, run.Planned):
            self._plan = event.plan
            self._again = {change.kind for change in event.plan.changes if change.action is Action.REPLACE}
        elif isinstance(event, run.Removing):
            self._going.add(event.kind)
        elif isinstance(event, run.PoolResizing):
            (self._going.discard if event.target_nodes else self._going.add)("pool")
        elif isinstance(event, run.PoolReady):
            self._made("pool")
        elif isinstance(event, run.JobReady):
            self._made("job")
        elif isinstance(event, run.Draining):
            self._paused = True
        elif isinstance(event, run.Updated) and event.kind == "job":
            self._paused = False
        elif isinstance(event, _WHOLE):
            self._whole = True

    def _made(self, kind: str) -> None:
        self._going.discard(kind)
        self._again.discard(kind)

    def words(self, job_id: str | None) -> str:
        """How things stand, as half a sentence."""
        if job_id is None:
            return "the same command goes on"
        if "job" in self._again:
            gone = "is being replaced" if "job" in self._going else "is to be replaced"
            return f"job {job_id} {gone}; the same command goes on with that"
        if "job" in self._going:
            return f"job {job_id} is deleted, as on_finish says"
        if self._paused:
            return f"job {job_id} is paused, and starts no task until the same command has gone on"
        if "pool" in self._going:
            return f"job {job_id} waits for nodes, which the same command brings back"
        return f"job {job_id} {'goes on' if self._whole else 'is not complete yet; the same command completes it'}"
