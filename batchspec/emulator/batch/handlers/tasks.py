"""Task_*."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.call import Call
from batchspec.emulator.batch.documents import tasks as documents
from batchspec.emulator.batch.handlers.tasklist import tasks_of
from batchspec.emulator.batch.schema.bodies import body_check
from batchspec.emulator.engine.engine import Refusal
from batchspec.emulator.engine.records import Job, Task
from batchspec.emulator.wire.answer import Answer, etag
from batchspec.emulator.wire.errors import BatchError, error_values, message_of, property_error
from batchspec.emulator.wire.odata.lists import TASKS
from batchspec.emulator.wire.odata.select import read_select
from batchspec.emulator.wire.times import wire_time

SUBTASK_MEMBERS = (
    "id", "nodeInfo", "startTime", "endTime", "exitCode", "containerInfo", "failureInfo", "state",
    "stateTransitionTime", "previousState", "previousStateTransitionTime", "result",
)  # fmt: skip


def add(call: Call) -> Answer:
    """Task_Add."""
    job = call.job()
    _check_against_job(job, call.body)
    added = call.engine.add_tasks(job.id, [call.body])[0]
    if isinstance(added, Refusal):
        raise BatchError(added.code, added.values)
    return _done(call, 201, added)


def add_collection(call: Call) -> Answer:
    """Task_AddCollection: each task has a result of its own, those that are sound are added together."""
    job = call.job()
    check = body_check("TaskAddParameter", call.request.version)
    results: list[dict[str, Any] | None] = []
    bodies: list[dict[str, Any]] = []
    for index, body in enumerate(call.body["value"]):
        if not isinstance(body.get("id"), str):
            raise property_error("MissingRequiredProperty", f"value[{index}].id", None, "must be given")
        try:
            check(body)
            _check_against_job(job, body)
        except BatchError as error:
            results.append(_failure(call, body["id"], error))
        else:
            results.append(None)
            bodies.append(body)
    added = iter(call.engine.add_tasks(job.id, bodies))
    value = [_result(call, next(added)) if result is None else result for result in results]
    return Answer(200, json={"odata.metadata": f"{call.base}/$metadata#taskaddresult", "value": value})


def _result(call: Call, added: Task | Refusal) -> dict[str, Any]:
    if isinstance(added, Refusal):
        return _failure(call, added.task_id, BatchError(added.code, added.values))
    return {
        "status": "success",
        "taskId": added.id,
        "eTag": etag(added.version),
        "lastModified": wire_time(added.modified),
        "location": call.view.task_url(added.job.id, added.id),
    }


def _failure(call: Call, task_id: str, error: BatchError) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "code": error.code,
        "message": message_of(error, call.request_id, wire_time(call.now)),
    }
    if error.values:
        detail["values"] = error_values(error)
    return {"status": "clienterror", "taskId": task_id, "error": detail}


def _check_against_job(job: Job, body: dict[str, Any]) -> None:
    conditions = body.get("exitConditions")
    if not conditions:
        return
    mapped = [*conditions.get("exitCodes", ()), *conditions.get("exitCodeRanges", ())]
    options = [entry["exitOptions"] for entry in mapped]
    options += [conditions[name] for name in ("preProcessingError", "fileUploadError", "default") if name in conditions]
    needs = (
        ("jobAction", job.acts_on_failure, "the job's onTaskFailure is noaction"),
        ("dependencyAction", job.uses_dependencies, "the job does not use task dependencies"),
    )
    for name, holds, reason in needs:
        if not holds and any(name in option for option in options):
            raise property_error("InvalidPropertyValue", f"exitConditions.{name}", None, reason)


def get(call: Call) -> Answer:
    """Task_Get."""
    task = call.task()
    call.check(task, read=True)
    select = call.select(documents.MEMBERS)
    answer = call.entity(task, "tasks", next(documents.documents([task], call.view, select)))
    # alone among the reads, this one is documented to say the resource's URL
    return Answer(200, {**answer.headers, "DataServiceId": _url(call, task)}, answer.json)


def list_tasks(call: Call) -> Answer:
    """Task_List."""
    job = call.job()
    wanted, select = call.filter(TASKS), call.select(documents.MEMBERS)
    tasks, cursor = tasks_of(call, job, wanted)
    return call.page("tasks", tasks, cursor, lambda page: documents.documents(page, call.view, select))


def update(call: Call) -> Answer:
    """Task_Update: the constraints, as a whole."""
    task = call.task()
    call.check(task)
    return _done(call, 200, call.engine.update_task(task.job.id, task.id, call.body.get("constraints")))


def delete(call: Call) -> Answer:
    """Task_Delete."""
    task = call.task()
    call.check(task)
    call.engine.delete_task(task.job.id, task.id)
    return Answer(200)


def terminate(call: Call) -> Answer:
    """Task_Terminate."""
    task = call.task()
    call.check(task)
    return _done(call, 204, call.engine.terminate_task(task.job.id, task.id))


def reactivate(call: Call) -> Answer:
    """Task_Reactivate."""
    task = call.task()
    call.check(task)
    return _done(call, 204, call.engine.reactivate_task(task.job.id, task.id))


def list_subtasks(call: Call) -> Answer:
    """Task_ListSubtasks: none, since only multi-instance tasks have some."""
    call.task()
    read_select(call.request, SUBTASK_MEMBERS)
    return Answer(200, json={"odata.metadata": f"{call.base}/$metadata#subtasks", "value": []})


def _url(call: Call, task: Task) -> str:
    return call.view.task_url(task.job.id, task.id)


def _done(call: Call, status: int, task: Task) -> Answer:
    return call.done(status, task, _url(call, task))
