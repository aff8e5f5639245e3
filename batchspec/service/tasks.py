"""The tasks of a job over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from batchspec.ports import AddResult, Body, Counts, TaskView
from batchspec.service import views
from batchspec.service.bodies import collection
from batchspec.service.states import states
from batchspec.service.translate import understood
from batchspec.service.transport import Transport, path_of


class Tasks(Transport):
    """See `batchspec.ports.batch.Tasks`."""

    def add_tasks(self, job_id: str, tasks: Iterable[Body]) -> list[AddResult]:
        # Not the SDK's add_collection: that asks again after a 5xx at once and for ever, takes the tasks
        # from the end of the list, and throws the results of a partial failure together.
        answer = self.send("POST", path_of("jobs", job_id, "addtaskcollection"), body=collection(tasks))
        with understood(self.url):
            return list(map(views.added, json.loads(answer.content)["value"]))

    def count_tasks(self, job_id: str) -> Counts:
        return self.read(path_of("jobs", job_id, "taskcounts"), views.counts)

    def list_tasks(self, job_id: str, since: datetime | None = None, *, started: bool = False) -> Iterator[TaskView]:
        clauses = ["state ne 'active'"] if started else []
        if since is not None:
            clauses.append(f"stateTransitionTime ge {views.stamp(since)}")
        query = {"$select": views.TASK_MEMBERS}
        if clauses:
            query["$filter"] = " and ".join(clauses)
        return self.pages(path_of("jobs", job_id, "tasks"), query, views.task)

    def task_states(self, job_id: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for page in self.listed(path_of("jobs", job_id, "tasks"), {"$select": "id,state"}, states):
            found.update(page)
        return found

    def task_bodies(self, job_id: str) -> Iterator[Mapping[str, Any]]:
        return self.pages(path_of("jobs", job_id, "tasks"), {}, dict)

    def get_task(self, job_id: str, task_id: str) -> TaskView:
        return self.read(path_of("jobs", job_id, "tasks", task_id), views.task, {"$select": views.TASK_MEMBERS})

    def update_task(self, job_id: str, task_id: str, constraints: Mapping[str, Any]) -> None:
        self.send("PUT", path_of("jobs", job_id, "tasks", task_id), body={"constraints": constraints})

    def terminate_task(self, job_id: str, task_id: str) -> None:
        self.send("POST", path_of("jobs", job_id, "tasks", task_id, "terminate"))

    def reactivate_task(self, job_id: str, task_id: str) -> None:
        self.send("POST", path_of("jobs", job_id, "tasks", task_id, "reactivate"))

    def delete_task(self, job_id: str, task_id: str) -> None:
        self.send("DELETE", path_of("jobs", job_id, "tasks", task_id))
