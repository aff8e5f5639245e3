"""What the service does by itself: it moves only while somebody sleeps."""

from __future__ import annotations

from dataclasses import replace

from azure.batch.models import JobManagerTask, TaskAddParameter

from batchspec.ports import NodeView
from tests.support.fakes.records import FakeJob, FakePool, FakeTask
from tests.support.fakes.state import State


class Steps(State):
    """A step for each moment of the clock: pools grow and shrink, tasks start and end."""

    def step(self) -> None:
        """What has become true by now."""
        with self.lock:
            now = self.clock.time
            self.pools = {k: v for k, v in self.pools.items() if v.gone_at is None or v.gone_at > now}
            self.jobs = {k: v for k, v in self.jobs.items() if v.gone_at is None or v.gone_at > now}
            for pool in self.pools.values():
                self._settle(pool)
            for pool in self.pools.values():
                self._scale(pool)
            for job in self.jobs.values():
                self._go_on(job)

    def reboot(self, pool_id: str) -> None:
        """All nodes of a pool, for five seconds."""
        pool = self.pools[pool_id]
        pool.nodes = [replace(node, state="rebooting") for node in pool.nodes]
        pool.steady_at = self.clock.time + 5.0

    def _settle(self, pool: FakePool) -> None:
        if self.clock.time >= pool.steady_at:
            pool.view = replace(pool.view, allocation="steady")
            pool.nodes = [
                replace(node, state="idle") if node.state == "rebooting" else node
                for node in pool.nodes
                if node.state != "leavingpool"
            ]
        states = ("creating", "idle", "starting")
        pool.nodes = [replace(node, state=self.node_state) if node.state in states else node for node in pool.nodes]

    def _scale(self, pool: FakePool) -> None:
        """Sample the pool's tasks, and evaluate its formula when it is time."""
        if not pool.view.autoscale or "autoScaleFormula" not in pool.view.body:
            return
        time, now = self.clock.time, self.clock.now()
        if time >= pool.scaling.sampled_at:
            pool.scaling.sample(time, now, self._pending(pool.view.id))
        if time >= pool.scaling.due_at:
            pool.targets = pool.scaling.size(time, now, pool.view.body, pool.targets)
            if sum(pool.targets) != pool.view.target_nodes:
                self._size(pool, sum(pool.targets))

    def _pending(self, pool_id: str) -> int:
        jobs = [job for job in self.jobs.values() if job.view.pool_id == pool_id and job.view.state == "active"]
        return sum(
            task.view.state == "running" or (task.view.state == "active" and self._let_go(job, task))
            for job in jobs
            for task in job.tasks.values()
        )

    def _size(self, pool: FakePool, target: int) -> None:
        pool.view = replace(pool.view, allocation="resizing", target_nodes=target, current_nodes=target)
        pool.nodes += [NodeView(f"node-{n}", "creating") for n in range(len(pool.nodes), target)]
        kept, leaving = pool.nodes[:target], pool.nodes[target:]
        pool.nodes = kept + [replace(node, state="leavingpool") for node in leaving]
        pool.steady_at = self.clock.time + 5.0

    def _go_on(self, job: FakeJob) -> None:
        self._requeue(job)
        self._finish(job)
        if job.view.state == "disabling" and not any(t.view.state == "running" for t in job.tasks.values()):
            job.view = replace(job.view, state="disabled")
        if job.view.state == "active":
            self._start(job)
            self._finish(job)
        self._manage(job)
        done = all(task.view.state == "completed" for task in job.tasks.values())
        if job.view.state in ("active", "disabled") and job.view.armed and done:
            job.view = replace(job.view, state="completed", terminate_reason="AllTasksComplete")

    def _requeue(self, job: FakeJob) -> None:
        """What ran on a node that is gone, or is no longer fit for it, goes back to the queue."""
        pool = self.pools.get(job.view.pool_id)
        fit = {node.id for node in pool.nodes if node.state == "idle"} if pool else set()
        for task in job.tasks.values():
            if task.view.state == "running" and task.view.node_id not in fit:
                task.view = replace(task.view, state="active", since=self.clock.now(), started=None, node_id=None)

    def _start(self, job: FakeJob) -> None:
        pool = self.pools.get(job.view.pool_id)
        ready = [node for node in pool.nodes if node.state == "idle"] if pool else []
        free = len(ready) * self.slots - sum(task.view.state == "running" for task in job.tasks.values())
        if self.prep_failure is not None:
            return
        for task_id in job.order:
            task = job.tasks[task_id]
            if free > 0 and task.view.state == "active" and self._let_go(job, task):
                free -= 1
                now = self.clock.now()
                task.until = self.clock.time + self._of(task_id).seconds
                task.view = replace(task.view, state="running", since=now, started=now, node_id=ready[0].id)

    def _let_go(self, job: FakeJob, task: FakeTask) -> bool:
        depends_on = getattr(task.body, "depends_on", None)
        wanted = (depends_on.task_ids or ()) if depends_on else ()
        return all(parent in job.tasks and job.tasks[parent].view.succeeded for parent in wanted)

    def _finish(self, job: FakeJob) -> None:
        for task in job.tasks.values():
            if task.view.state == "running" and self.clock.time >= task.until:
                self._end(task, self._of(task.view.id).exit_code, None)

    def _manage(self, job: FakeJob) -> None:
        """A job manager task that runs adds what it shall, and then takes its job with it, or does not."""
        manager = next((task for task in job.tasks.values() if isinstance(task.body, JobManagerTask)), None)
        if manager is None or manager.view.state == "active":
            return
        for task_id in self.adds:
            if task_id not in job.tasks:
                self._add(job, TaskAddParameter(id=task_id, command_line="/bin/true"))
        ends = manager.body.kill_job_on_completion is not False and manager.view.state == "completed"
        if ends and job.view.state == "active":
            self.end_job(job.view.id, "JMComplete")
