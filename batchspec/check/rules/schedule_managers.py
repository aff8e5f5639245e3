"""BS343 to BS347: the manager that adds a schedule's tasks can sign in, and run where it is put.

From the service's documentation: a pool's identities are set through Azure Resource Manager only, when it is made
(https://learn.microsoft.com/azure/batch/managed-identity-pools); images of Windows in its gallery bring no Python; on a
pool with containers, the job manager needs one, too
(https://learn.microsoft.com/rest/api/batchservice/jobs/create-job).
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.pools import os_of
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import Job, Schedule

_CHOOSE = "write credential: managed_identity with the pool's identity_reference, or credential: account_key"
_OWN = "add the tasks in a job_manager_task of your own, and list none here"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """A schedule with tasks has a manager of ours; without tasks, what it could need means nothing."""
    schedule, job = spec.keys.schedule, spec.keys.job
    if schedule is None or job is None:
        return
    if spec.tasks and job.job_manager_task is not None:
        message = "the job has a manager of its own, and the tasks of a schedule need another to add them"
        hint = "let the manager add them all, or take it out"
        yield finding("BS346", message, job.node.keys["job_manager_task"], f"{job.pointer}/job_manager_task", hint)
    elif spec.tasks:
        yield from _credential(spec, schedule)
        yield from _nodes(spec, schedule)
    yield from _idle(spec, schedule, job)


def _credential(spec: Spec, schedule: Schedule) -> Iterator[Diagnostic]:
    if schedule.credential is None:
        message = "nothing says how the manager that adds the tasks of each run signs in to Batch"
        yield finding("BS343", message, spec.keys.node.keys["schedule"], f"{schedule.pointer}/credential", _CHOOSE)
    if schedule.credential != "managed_identity":
        return
    place, pointer = schedule.at("credential"), f"{schedule.pointer}/credential"
    identity = schedule.identity_reference
    if identity is None or not identity.resource_id:
        message = "nothing says which of the pool's identities the manager is"
        hint = "add identity_reference: {resource_id: ...}"
        yield finding("BS343", message, place, pointer, hint)
    if spec.target == "local":
        message = "the local target has no managed identities"
        hint = "write targets: {local: {schedule: {credential: account_key, identity_reference: null}}}"
        yield finding("BS344", message, place, pointer, hint)
    elif spec.machines is not None:
        message = "the pool that is made for this spec has no managed identity: Batch itself cannot give it one"
        hint = "make the pool through Azure Resource Manager, and name it in job.pool_info.pool_id"
        yield finding("BS344", message, place, pointer, hint)


def _nodes(spec: Spec, schedule: Schedule) -> Iterator[Diagnostic]:
    machines = spec.machines
    if machines is None:
        return
    place = spec.keys.node.keys["schedule"]
    if os_of(machines) == "windows":
        message = "the manager that adds the tasks needs Python 3, and the pool's nodes run Windows"
        yield finding("BS345", message, place, schedule.pointer, _OWN)
    machine = machines.virtual_machine_configuration
    if machine is not None and machine.container_configuration is not None:
        message = "the manager that adds the tasks runs in no container, and on this pool every task must"
        yield finding("BS345", message, place, schedule.pointer, _OWN)


def _idle(spec: Spec, schedule: Schedule, job: Job) -> Iterator[Diagnostic]:
    """What is written, and nobody reads."""
    managed = bool(spec.tasks) and job.job_manager_task is None
    for name in ("credential", "identity_reference"):
        if schedule.has(name) and not managed:
            message = f'"{name}" is for the manager that adds a schedule\'s tasks, and here is none'
            yield finding("BS347", message, schedule.node.keys[name], f"{schedule.pointer}/{name}", "take it out")
    if managed and schedule.credential == "account_key" and schedule.identity_reference is not None:
        message = '"identity_reference" has no effect beside credential: account_key'
        place = schedule.node.keys["identity_reference"]
        yield finding("BS347", message, place, f"{schedule.pointer}/identity_reference", "keep one of them")
    finish = spec.keys.on_finish
    if finish is None:
        return
    if finish.job == "delete":
        message = "the jobs of a schedule are deleted with it, and not when each has ended"
        yield finding("BS347", message, finish.at("job"), f"{finish.pointer}/job", "take it out")
    if finish.pool == "delete":
        message = "a schedule uses its pool again and again, and nobody deletes it in between"
        hint = "write scale_to_zero: it has no nodes then while nothing is to be done"
        yield finding("BS347", message, finish.at("pool"), f"{finish.pointer}/pool", hint)
