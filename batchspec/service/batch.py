"""Azure Batch through its SDK: one method, one request, no retries."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import BatchErrorException, JobPatchParameter, OnAllTasksComplete, PoolResizeParameter
from msrest.universal_http import ClientRequest

from batchspec.errors import Refused
from batchspec.ports import AddResult, Body, Counts, JobView, NodeView, PoolView, PrepView, TaskView
from batchspec.service import views
from batchspec.service.account import Account
from batchspec.service.bodies import wire
from batchspec.service.translate import translated, understood

V = TypeVar("V")

API_VERSION = "2025-06-01"  # where nobody says another
CONNECT, READ = 10.0, 60.0  # seconds
PIECE = 1024 * 1024  # bytes of a file in one request
_JSON = "application/json; odata=minimalmetadata; charset=utf-8"


class AzureBatch:
    """The BatchPort of an account, in one version of the API; close it."""

    def __init__(self, account: Account, api_version: str = API_VERSION) -> None:
        self._url = account.batch_url.rstrip("/")
        self._version = api_version
        self._gone = account.gone
        self._client = _client(account, self._url, api_version)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def url(self) -> str:
        return self._url

    def get_pool(self, pool_id: str) -> PoolView:
        with translated(self._url, self._gone), understood(self._url):
            return views.pool(self._client.pool.get(pool_id))

    def add_pool(self, pool: Body) -> None:
        with translated(self._url, self._gone):
            self._client.pool.add(pool)

    def delete_pool(self, pool_id: str) -> None:
        with translated(self._url, self._gone):
            self._client.pool.delete(pool_id)

    def resize_pool(self, pool_id: str, dedicated: int, spot: int) -> None:
        size = PoolResizeParameter(target_dedicated_nodes=dedicated, target_low_priority_nodes=spot)
        with translated(self._url, self._gone):
            self._client.pool.resize(pool_id, size)

    def list_nodes(self, pool_id: str) -> list[NodeView]:
        query = {"$select": views.NODE_MEMBERS, "maxresults": "1000"}
        return list(self._pages(_path("pools", pool_id, "nodes"), query, views.node))

    def get_job(self, job_id: str) -> JobView:
        with translated(self._url, self._gone), understood(self._url):
            return views.job(self._client.job.get(job_id))

    def list_jobs(self, pool_id: str) -> list[str]:
        query = {"$select": "id,state,poolInfo", "$filter": "state ne 'completed'", "maxresults": "1000"}
        found = self._pages(_path("jobs"), query, lambda entry: views.user(entry, pool_id))
        return [job_id for job_id in found if job_id is not None]

    def add_job(self, job: Body) -> None:
        with translated(self._url, self._gone):
            self._client.job.add(job)

    def arm_job(self, job_id: str) -> None:
        change = JobPatchParameter(on_all_tasks_complete=OnAllTasksComplete.terminate_job)
        with translated(self._url, self._gone):
            self._client.job.patch(job_id, change)

    def terminate_job(self, job_id: str, reason: str) -> None:
        with translated(self._url, self._gone):
            self._client.job.terminate(job_id, terminate_reason=reason)

    def delete_job(self, job_id: str) -> None:
        with translated(self._url, self._gone):
            self._client.job.delete(job_id)

    def add_tasks(self, job_id: str, tasks: Sequence[Body]) -> list[AddResult]:
        # Not the SDK's add_collection: that asks again after a 5xx at once and for ever, takes the tasks
        # from the end of the list, and throws the results of a partial failure together.
        body = {"value": [wire(task) for task in tasks]}
        answer = self._send("POST", _path("jobs", job_id, "addtaskcollection"), {}, body=body)
        with understood(self._url):
            return [views.added(found) for found in answer.json()["value"]]

    def count_tasks(self, job_id: str) -> Counts:
        found = self._send("GET", _path("jobs", job_id, "taskcounts"), {})
        with understood(self._url):
            counts = found.json()["taskCounts"]
            return Counts(*(counts[name] for name in ("active", "running", "completed", "succeeded", "failed")))

    def list_tasks(self, job_id: str, since: datetime | None = None, *, started: bool = False) -> Iterator[TaskView]:
        clauses = ["state ne 'active'"] if started else []
        if since is not None:
            clauses.append(f"stateTransitionTime ge {views.stamp(since)}")
        query = {"$select": views.TASK_MEMBERS, "maxresults": "1000"}
        if clauses:
            query["$filter"] = " and ".join(clauses)
        return self._pages(_path("jobs", job_id, "tasks"), query, views.task)

    def get_task(self, job_id: str, task_id: str) -> TaskView:
        query = {"$select": views.TASK_MEMBERS}
        answer = self._send("GET", _path("jobs", job_id, "tasks", task_id), query)
        with understood(self._url):
            return views.task(answer.json())

    def list_preparations(self, job_id: str) -> list[PrepView]:
        path = _path("jobs", job_id, "jobpreparationandreleasetaskstatus")
        found = self._pages(path, {"maxresults": "1000"}, views.preparation)
        return [view for view in found if view is not None]

    def read_task_file(self, job_id: str, task_id: str, path: str, offset: int) -> bytes:
        return self._read(_path("jobs", job_id, "tasks", task_id, "files", path), offset)

    def task_file_size(self, job_id: str, task_id: str, path: str) -> int:
        return self._size(_path("jobs", job_id, "tasks", task_id, "files", path))

    def read_node_file(self, pool_id: str, node_id: str, path: str, offset: int) -> bytes:
        return self._read(_path("pools", pool_id, "nodes", node_id, "files", path), offset)

    def _read(self, path: str, offset: int) -> bytes:
        if offset < 0:
            size = self._size(path)
            offset = max(0, size + offset)
            if size == 0:
                return b""
        try:
            answer = self._send("GET", path, {}, {"ocp-range": f"bytes={offset}-{offset + PIECE - 1}"})
        except Refused as error:
            if error.status == 416:  # the range starts where the file ends
                return b""
            raise
        content: bytes = answer.content
        return content

    def _size(self, path: str) -> int:
        answer = self._send("HEAD", path, {})
        with understood(self._url):
            return int(answer.headers.get("Content-Length") or 0)

    def _pages(self, path: str, query: Mapping[str, str], view: Callable[[Any], V]) -> Iterator[V]:
        """The entries of a list as views, page after page."""
        link, parameters = path, dict(query)
        while link:
            answer = self._send("GET", link, parameters)
            with understood(self._url):
                page = answer.json()
                found = [view(entry) for entry in page["value"]]
                link, parameters = page.get("odata.nextLink") or "", {}
                elsewhere = bool(link) and _origin(link) != _origin(self._url)
            yield from found
            if elsewhere:
                raise Refused(f"{self._url} continues a list on another host, and is not followed there")

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer, a requests.Response, to one request through the SDK's pipeline, which signs it."""
        whole = path.startswith("http")
        request = ClientRequest(method, path if whole else self._url + path)
        if not whole:
            request.format_parameters({"api-version": self._version, **query})
        request.headers.update(
            {"Accept": "application/json", "client-request-id": str(uuid.uuid1()), **(headers or {})}
        )
        if body is not None:
            request.headers["Content-Type"] = _JSON
            request.add_content(body)
        with translated(self._url, self._gone):
            answer = self._client.config.pipeline.run(request, stream=False).http_response.internal_response
            if answer.status_code not in (200, 206):
                raise BatchErrorException(self._client._deserialize, answer)  # noqa: SLF001  # as the SDK does
        return answer


def _client(account: Account, url: str, api_version: str) -> BatchServiceClient:
    client = BatchServiceClient(_credentials(account), batch_url=url)
    config = client.config
    # In place: the first session has its policy already. Without the list of statuses, or a 503 would come
    # out as an exception without the answer and its Retry-After.
    retries = config.retry_policy.policy
    retries.total = retries.connect = retries.read = 0
    retries.status_forcelist = ()
    retries.respect_retry_after_header = False
    config.redirect_policy.allow = False
    config.connection.timeout = (CONNECT, READ)
    config.proxies.use_env_settings = not is_loopback(url)
    for group in vars(client).values():
        if hasattr(group, "api_version"):
            group.api_version = api_version
    return client


def _credentials(account: Account) -> Any:
    if account.batch_key is not None:
        return SharedKeyCredentials(account.name, account.batch_key)
    # Its import is slow, and only needed by those who have no key.
    from batchspec.service.entra import EntraCredential, default_credential  # see above

    return EntraCredential(default_credential())


def is_loopback(url: str) -> bool:
    """Whether a URL is of this machine itself, which no proxy can reach for us."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
