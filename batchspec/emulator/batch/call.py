"""What a handler gets: what it may see, the request, and what its operation's row asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from batchspec.emulator.batch.documents.view import View
from batchspec.emulator.engine.engine import Engine
from batchspec.emulator.engine.records import Job, Node, Pool, Schedule, Task
from batchspec.emulator.wire.answer import Answer, entity_headers, etag
from batchspec.emulator.wire.conditions import check_conditions
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.odata.ast import Filter
from batchspec.emulator.wire.odata.lists import Properties, read_filter
from batchspec.emulator.wire.odata.select import check_expand, read_select
from batchspec.emulator.wire.paging import next_link, read_token
from batchspec.emulator.wire.request import Request

Item = TypeVar("Item")


@dataclass(frozen=True)
class Call:
    """One call of an operation; `args` are the decoded parts of the path, `body` is checked."""

    view: View
    request: Request
    args: Mapping[str, str]
    body: dict[str, Any]
    request_id: str
    now: float

    @property
    def engine(self) -> Engine:
        """Where everything is kept and done."""
        return self.view.engine

    @property
    def base(self) -> str:
        """The URL of the account, without a slash at its end."""
        return self.view.base

    def pool(self) -> Pool:
        """The pool that the path names."""
        pool = self.engine.pool(self.args["poolId"])
        if pool is None:
            raise BatchError("PoolNotFound")
        return pool

    def node(self) -> Node:
        """The node that the path names."""
        self.pool()
        node = self.engine.node(self.args["poolId"], self.args["nodeId"])
        if node is None:
            raise BatchError("NodeNotFound")
        return node

    def job(self) -> Job:
        """The job that the path names."""
        job = self.engine.job(self.args["jobId"])
        if job is None:
            raise BatchError("JobNotFound")
        return job

    def task(self) -> Task:
        """The task that the path names."""
        self.job()
        task = self.engine.task(self.args["jobId"], self.args["taskId"])
        if task is None:
            raise BatchError("TaskNotFound")
        return task

    def check(self, record: Pool | Job | Task | Schedule, *, read: bool = False) -> None:
        """Raise unless the request's conditional headers hold for the record."""
        check_conditions(self.request.headers, etag(record.version), record.modified, read=read)

    def filter(self, properties: Properties) -> Filter | None:
        """The request's `$filter`."""
        text = self.request.query.get("$filter")
        return read_filter(text, properties) if text else None

    def select(self, members: Collection[str]) -> frozenset[str] | None:
        """The request's `$select`; `$expand` is checked along with it."""
        check_expand(self.request)
        return read_select(self.request, members)

    def entity(self, record: Pool | Job | Task | Schedule, kind: str, document: Mapping[str, Any]) -> Answer:
        """The answer to a get."""
        metadata = {"odata.metadata": f"{self.base}/$metadata#{kind}/@Element"}
        return Answer(200, entity_headers(record.version, record.modified), {**metadata, **document})

    def done(self, status: int, record: Pool | Job | Task | Schedule, url: str) -> Answer:
        """The answer to a change: no body, the resource's new ETag."""
        headers = entity_headers(record.version, record.modified, url)
        return Answer(status, {**headers, "Location": url} if status == 201 else headers)

    def page(
        self,
        kind: str,
        items: Iterable[Item],
        cursor: Callable[[Item], str],
        documents: Callable[[list[Item]], Iterable[Mapping[str, Any]]],
    ) -> Answer:
        """One page of a list. `items` begin after the request's token and are drawn only as far as needed."""
        limit = self.request.max_results
        taken: list[Item] = []
        more = False
        for item in items:
            if len(taken) == limit:
                more = True
                break
            taken.append(item)
        body: dict[str, Any] = {
            "odata.metadata": f"{self.base}/$metadata#{kind}",
            "value": list(documents(taken)),
        }
        if more:
            body["odata.nextLink"] = next_link(self.request, self.base, cursor(taken[-1]))
        return Answer(200, json=body)

    def after_number(self) -> int:
        """The number after which the page begins, for lists in order of addition."""
        token = read_token(self.request)
        if token is None:
            return -1
        return number_of(token)


def number_of(token: str) -> int:
    """A number out of a token of ours; raises the service's refusal for a token that we did not write."""
    if not token.isdecimal() or not token.isascii() or len(token) > 18:
        raise BatchError("InvalidQueryParameterValue", [("QueryParameterName", "$skiptoken")])
    return int(token)
