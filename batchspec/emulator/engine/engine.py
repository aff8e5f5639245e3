"""The engine: durable pools, jobs and tasks, and the processes that do the work. The servers call this class.

Everything but `start` and `stop` is synchronous, quick, called on the event loop's thread, and durable when it
returns. What processes do is committed in batches; look-ups commit first, so a reader never sees what a crash
could take back. What ended within a batch that was lost runs again, which Batch allows, too.
"""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from batchspec.emulator.clock import Clock
from batchspec.emulator.engine import bodies, guards
from batchspec.emulator.engine.autoscale_requests import Autoscale, check_formula
from batchspec.emulator.engine.driver import Driver
from batchspec.emulator.engine.errors import Refusal, Refused
from batchspec.emulator.engine.failures import Failures
from batchspec.emulator.engine.jobs import BY_USER
from batchspec.emulator.engine.records import Body, Counts, Job, Node, Pool, Task, first_version, key
from batchspec.emulator.engine.timetable import Timetable, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from batchspec.emulator.engine.uploads import Put

__all__ = ["Engine", "Refusal", "Refused"]


class Engine:
    """All state under `root` (0700): `state.db` and `nodes/`.

    `account_url` is what tasks see as AZ_BATCH_ACCOUNT_URL. `blob_urls` maps a storage URL that an earlier run of
    the emulator handed out, on another port, to today's. `blob_put` puts a blob without a connection, given its URL
    with a SAS, headers and content, and says whether it did; what it does not put goes over HTTP. `host` is the
    environment of which tasks inherit PATH, locale, time zone and certificate variables. `grace` is the time in
    seconds between SIGTERM and SIGKILL. `alone` says that all children of this process are the engine's: then it
    also ends, with each task, what that task left in sessions of its own; otherwise it does so when it stops.
    """

    def __init__(
        self,
        root: Path,
        account_name: str,
        *,
        account_url: str = "",
        blob_urls: Callable[[str], str] = str,
        blob_put: Put | None = None,
        host: Mapping[str, str] = MappingProxyType(os.environ),
        clock: Clock | None = None,
        grace: float = 5.0,
        alone: bool = False,
        on_fault: Callable[[BaseException], None] | None = None,
    ) -> None:
        self.account_name = account_name
        self.account_url = account_url
        """May be set until `start`, once the port is known."""
        self.clock = clock or Clock()
        """Its time, which `advance` makes jump; real time unless given."""
        self._driver = Driver(
            root.absolute(), lambda: (self.account_name, self.account_url), blob_urls, blob_put, host, self.clock,
            grace, alone, on_fault,
        )  # fmt: skip
        self.timetable = Timetable(self._driver)
        """The job schedules, and what can be asked of them."""
        self.autoscale = Autoscale(self._driver)
        """What can be asked of the autoscale of pools."""
        self.failures = Failures(self._driver)
        """What can be made to fail, for tests."""

    async def start(self) -> None:
        """Open the store, end what a dead predecessor left running, bring the nodes back and go on."""
        self._driver.start()

    async def stop(self) -> None:
        """End all processes (politely, then for certain) and close; what ran is queued again at the next start."""
        await self._driver.stop()

    @property
    def fault(self) -> BaseException | None:
        """What broke the engine; its owner must report it and exit. Every other call raises it."""
        return self._driver.fault

    # Reading. Look-ups ignore the case of ids and give None for what is not there.

    @property
    def pools(self) -> Mapping[str, Pool]:
        """By lower-cased id, in order of addition; the same for `jobs`."""
        return self._driver.read().pools

    @property
    def jobs(self) -> Mapping[str, Job]:
        return self._driver.read().jobs

    def pool(self, pool_id: str) -> Pool | None:
        return self.pools.get(key(pool_id))

    def node(self, pool_id: str, node_id: str) -> Node | None:
        pool = self.pool(pool_id)
        return None if pool is None else pool.nodes.get(key(node_id))

    def job(self, job_id: str) -> Job | None:
        return self.jobs.get(key(job_id))

    def task(self, job_id: str, task_id: str) -> Task | None:
        job = self.job(job_id)
        return None if job is None else job.by_key.get(key(task_id))

    def task_bodies(self, tasks: Iterable[Task]) -> Iterator[Body]:
        """The submitted body of each task, in the order given, read in batches."""
        return self._driver.store.task_bodies(tasks)

    def counts(self, job: Job) -> tuple[Counts, Counts]:
        """Tasks by state, and slots by state; kept up to date, O(1)."""
        self._driver.read()
        return job.counts, job.slot_counts

    def changed_since(self, job: Job, since: float) -> list[Task]:
        """Tasks with `state_time >= since`, oldest change first; costs O(what changed)."""
        self._driver.read()
        changed: list[Task] = []
        for task in reversed(job.moved):
            if task.state_time < since:
                break
            changed.append(task)
        changed.reverse()
        return changed

    @property
    def busy(self) -> bool:
        """Whether anything runs, starts, ends or transfers; once False, only a request can change that, or time:
        an active job schedule makes jobs, and a pool is sized by its formula."""
        return self._driver.busy

    @property
    def idle_since(self) -> float | None:
        """When something last was changed or ended (UNIX seconds, real time), None while busy, while a job
        schedule is active, or while tasks are ready for a pool that may yet grow by its formula."""
        return self._driver.idle_since

    def node_dir(self, pool_id: str, node_id: str) -> Path:
        """The node's AZ_BATCH_NODE_ROOT_DIR."""
        pool = self.pool(pool_id)
        return self._driver.layout.node(pool.id if pool else pool_id, node_id)

    def task_dir(self, task: Task) -> Path | None:
        """Where the task's files are; None when it never ran or its files were cleaned up or its node is gone."""
        directory = self._driver.layout.task(task)
        if directory is None or not directory.is_dir():
            return None
        node = self.node(task.pool_id or "", task.node_id or "")
        return directory if node is None or node.reachable else None

    # Pools and nodes. Each raises Refused.

    def add_pool(self, body: Body) -> Pool:
        """PoolExists, PoolBeingDeleted, InvalidPropertyValue for more nodes than there can be,
        AutoScalingFormulaSyntaxError, AutoScalingFormulaTooLong."""
        with self._driver.request() as (scheduler, now):
            guards.new_pool(self.pool(body["id"]))
            check_formula(body.get("autoScaleFormula"))
            pool = Pool(
                scheduler.serial(), body["id"], body, now, now, first_version(now), state_time=now, allocation_time=now
            )
            bodies.read_pool(pool)
            pool.target_dedicated = int(body.get("targetDedicatedNodes") or 0)
            pool.target_spot = int(body.get("targetLowPriorityNodes") or 0)
            guards.pool_size(pool.target_dedicated, pool.target_spot)
            scheduler.add_pool(now, pool)
        return pool

    def update_pool(self, pool_id: str, fields: Body) -> Pool:
        """Merge `fields` (wire names; None removes) into the body. PoolNotFound, PoolBeingDeleted."""
        with self._driver.request() as (scheduler, now):
            pool = guards.live_pool(self.pool(pool_id))
            pool.body = merged(pool.body, fields)
            if not pool.nodes:  # nodes keep the number of slots that they were made with
                bodies.read_pool(pool)
            scheduler.touch(now, pool)
        return pool

    def resize_pool(
        self, pool_id: str, dedicated: int | None, low_priority: int | None, *, deallocation: str = "requeue"
    ) -> Pool:
        """Grow or shrink; None keeps a number. PoolNotFound, PoolBeingDeleted, PoolBeingResized,
        OperationInvalidForCurrentState with autoscale, InvalidPropertyValue for more nodes than there can be."""
        with self._driver.request() as (scheduler, now):
            pool = guards.fixed_pool(self.pool(pool_id))
            dedicated = pool.target_dedicated if dedicated is None else dedicated
            spot = pool.target_spot if low_priority is None else low_priority
            guards.pool_size(dedicated, spot)
            scheduler.resize_pool(now, pool, dedicated, spot, deallocation.lower())
        return pool

    def stop_resize(self, pool_id: str) -> Pool:
        """Keep the nodes there are. PoolNotFound, PoolBeingDeleted, OperationInvalidForCurrentState."""
        with self._driver.request() as (scheduler, now):
            pool = guards.resizing_pool(self.pool(pool_id))
            scheduler.stop_resize(now, pool)
        return pool

    def delete_pool(self, pool_id: str) -> None:
        """Its nodes end at once, its tasks go back to the queue. PoolNotFound, PoolBeingDeleted."""
        with self._driver.request() as (scheduler, now):
            scheduler.delete_pool(now, guards.live_pool(self.pool(pool_id)))

    def remove_nodes(self, pool_id: str, node_ids: Sequence[str], *, deallocation: str = "requeue") -> Pool:
        """PoolNotFound, NodeNotFound, PoolBeingDeleted, PoolBeingResized."""
        with self._driver.request() as (scheduler, now):
            pool = guards.steady_pool(self.pool(pool_id))
            nodes = {guards.node(pool.nodes.get(key(node_id))): None for node_id in node_ids}
            scheduler.remove_nodes(now, pool, nodes, deallocation.lower())
        return pool

    def reboot_node(self, pool_id: str, node_id: str, *, option: str = "requeue") -> Node:
        """PoolNotFound, NodeNotFound, OperationInvalidForCurrentState, NodeBeing..."""
        return self._restart(pool_id, node_id, "reboot", option)

    def reimage_node(self, pool_id: str, node_id: str, *, option: str = "requeue") -> Node:
        """A reboot that also empties the node's directories."""
        return self._restart(pool_id, node_id, "reimage", option)

    # Jobs.

    def add_job(self, body: Body) -> Job:
        """JobExists, JobBeingDeleted, JobScheduleWithSameIdExists. The pool need not exist yet."""
        with self._driver.request() as (scheduler, now):
            guards.new_job(body["id"], scheduler.jobs, scheduler.schedules)
            job = Job(scheduler.serial(), body["id"], body, "", now, now, first_version(now), state_time=now)
            bodies.read_job(job)
            scheduler.add_job(now, job)
        return job

    def update_job(self, job_id: str, fields: Body) -> Job:
        """Merge `fields` (wire names; None removes); may arm onAllTasksComplete. JobNotFound, JobCompleted, ..."""
        with self._driver.request() as (scheduler, now):
            job = guards.live_job(self.job(job_id))
            body = merged(job.body, fields)
            guards.keeps_pool(job, body)
            job.body = body
            scheduler.update_job(now, job)
        return job

    def disable_job(self, job_id: str, disable_tasks: str) -> Job:
        """`requeue`, `terminate` or `wait`. JobNotFound, JobCompleted, JobBeingTerminated, JobBeingDeleted."""
        with self._driver.request() as (scheduler, now):
            job = guards.live_job(self.job(job_id))
            job.disable_tasks = guards.disable_tasks(disable_tasks)
            scheduler.disable_job(now, job)
        return job

    def enable_job(self, job_id: str) -> Job:
        """JobNotFound, JobCompleted, JobBeingTerminated, JobBeingDeleted, OperationInvalidForCurrentState."""
        with self._driver.request() as (scheduler, now):
            job = guards.disabled_job(self.job(job_id))
            scheduler.enable_job(now, job)
        return job

    def terminate_job(self, job_id: str, reason: str | None = None) -> Job:
        """JobNotFound, JobCompleted, JobBeingTerminated, JobBeingDeleted."""
        with self._driver.request() as (scheduler, now):
            job = guards.live_job(self.job(job_id))
            scheduler.terminate_job(now, job, reason or BY_USER)
        return job

    def delete_job(self, job_id: str) -> None:
        """JobNotFound, JobBeingDeleted."""
        with self._driver.request() as (scheduler, now):
            scheduler.delete_job(now, guards.deletable_job(self.job(job_id)))

    # Tasks.

    def add_tasks(self, job_id: str, bodies_: Sequence[Body]) -> list[Task | Refusal]:
        """All in one transaction, in order. JobNotFound, JobCompleted, JobBeingTerminated, JobBeingDeleted;
        a Refusal is TaskExists, TaskDependenciesNotSpecifiedOnJob, TaskIdSameAsJobPreparationTask, ..."""
        with self._driver.request() as (scheduler, now):
            job = guards.live_job(self.job(job_id))
            new: dict[str, tuple[Task, Body]] = {}
            results: list[Task | Refusal] = []
            for body in bodies_:
                refusal = guards.new_task(job, body, new)
                if refusal is not None:
                    results.append(refusal)
                    continue
                task = Task(scheduler.serial(), body["id"], job, now, first_version(now), state_time=now, modified=now)
                bodies.read_task(task, body)
                new[key(task.id)] = task, body
                results.append(task)
            added = list(new.values())
            self._driver.store.add_tasks(added)
            scheduler.add_tasks(now, added)
        return results

    def update_task(self, job_id: str, task_id: str, constraints: Body | None) -> Task:
        """JobNotFound, TaskNotFound, TaskCompleted, JobCompleted, ..."""
        with self._driver.request() as (scheduler, now):
            task = guards.uncompleted_task(*self._find(job_id, task_id))
            body = merged(self._driver.store.task_body(task), {"constraints": constraints})
            bodies.read_constraints(task, constraints)
            self._driver.store.set_body(task, body)
            scheduler.update_task(now, task)
        return task

    def delete_task(self, job_id: str, task_id: str) -> None:
        """Ends it, removes its files, and no longer holds back its dependents. JobNotFound, TaskNotFound."""
        with self._driver.request() as (scheduler, now):
            scheduler.delete_task(now, guards.task(*self._find(job_id, task_id)))

    def terminate_task(self, job_id: str, task_id: str) -> Task:
        """Completed at once in the records, its processes ended. TaskNotFound, TaskCompleted, JobNotFound."""
        with self._driver.request() as (scheduler, now):
            task = guards.uncompleted_task(*self._find(job_id, task_id))
            scheduler.terminate_task(now, task)
        return task

    def reactivate_task(self, job_id: str, task_id: str) -> Task:
        """TaskNotFound, TaskNotCompleted, TaskSucceeded, JobCompleted, JobBeingTerminated, ..."""
        with self._driver.request() as (scheduler, now):
            task = guards.failed_task(*self._find(job_id, task_id))
            scheduler.reactivate_task(now, task)
        return task

    def _find(self, job_id: str, task_id: str) -> tuple[Job | None, Task | None]:
        return self.job(job_id), self.task(job_id, task_id)

    def _restart(self, pool_id: str, node_id: str, event: str, option: str) -> Node:
        with self._driver.request() as (scheduler, now):
            pool = guards.live_pool(self.pool(pool_id))
            node = guards.restartable_node(pool.nodes.get(key(node_id)))
            scheduler.restart_node(now, node, event, option.lower())
        return node
