"""What the contract tests share: a target, hand-written requests, small specifications."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from azure.batch import BatchServiceClient, models
from azure.batch.batch_auth import SharedKeyCredentials
from requests.auth import AuthBase

from tests.support.waiting import until

VERSION = "2024-02-01.19.0"


@dataclass(frozen=True)
class Target:
    """A Batch account: all that the tests know of the service."""

    url: str
    name: str
    key: str


def connect(target: Target, *, key: str = "") -> BatchServiceClient:
    """The vendor's client with its retries off."""
    client = BatchServiceClient(SharedKeyCredentials(target.name, key or target.key), batch_url=target.url)
    client.config.retry_policy.retries = 0
    return client


class Wire:
    """Requests written by hand."""

    def __init__(self, target: Target, auth: AuthBase) -> None:
        self.target = target
        self._session = requests.Session()
        self._session.trust_env = False
        self._auth = auth

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def __call__(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        version: str | None = VERSION,
        signed: bool = True,
        query: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """One request; `path` may be a whole URL, `body` is JSON unless it is bytes."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json; odata=minimalmetadata"} if content is not None else {}
        params = {**({"api-version": version} if version else {}), **(query or {})}
        return self._session.request(
            method,
            path if path.startswith("http") else self.target.url + path,
            params=None if path.startswith("http") else params,
            data=content,
            headers={**sent, **(headers or {})},
            auth=self._auth if signed else None,
            timeout=30,
        )


def unique(prefix: str) -> str:
    """An id that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def pool_spec(pool: str, **changes: Any) -> models.PoolAddParameter:
    """A small pool; it has no nodes unless told otherwise."""
    image = models.ImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server", version="latest")
    machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 24.04")
    given: dict[str, Any] = {"target_dedicated_nodes": 0, "virtual_machine_configuration": machine, **changes}
    return models.PoolAddParameter(id=pool, vm_size="Standard_D2s_v5", **given)


def pool_json(pool: str, **changes: Any) -> dict[str, Any]:
    """The same pool, as JSON."""
    return {
        "id": pool,
        "vmSize": "Standard_D2s_v5",
        "targetDedicatedNodes": 0,
        "virtualMachineConfiguration": {
            "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
            "nodeAgentSKUId": "batch.node.ubuntu 24.04",
        },
        **changes,
    }


def job_spec(job: str, pool: str, **changes: Any) -> models.JobAddParameter:
    """A job on a pool, which need not exist yet."""
    return models.JobAddParameter(id=job, pool_info=models.PoolInformation(pool_id=pool), **changes)


def specification(pool: str = "no-pool-yet", **changes: Any) -> models.JobSpecification:
    """What the jobs of a schedule are."""
    return models.JobSpecification(pool_info=models.PoolInformation(pool_id=pool), **changes)


def schedule_spec(
    schedule: str, job: models.JobSpecification | None = None, *, metadata: Any = None, **times: Any
) -> models.JobScheduleAddParameter:
    """A schedule, which makes its first job at once unless `times` say otherwise."""
    return models.JobScheduleAddParameter(
        id=schedule,
        schedule=models.Schedule(**times),
        job_specification=job or specification(),
        metadata=metadata,
    )


def task_spec(task: str, command: str = "/bin/true", **changes: Any) -> models.TaskAddParameter:
    """A task."""
    return models.TaskAddParameter(id=task, command_line=command, **changes)


def script(text: str) -> str:
    """A command line that has a shell run the text, which holds no single quote."""
    return f"/bin/sh -c '{text}'"


def grown(client: BatchServiceClient, nodes: int = 1, **changes: Any) -> tuple[str, list[str]]:
    """A pool of its own, with its nodes ready."""
    pool = unique("pool")
    client.pool.add(pool_spec(pool, target_dedicated_nodes=nodes, **changes))
    until(lambda: client.pool.get(pool).allocation_state == "steady")
    until(lambda: all(node.state == "idle" for node in client.compute_node.list(pool)))
    return pool, [node.id for node in client.compute_node.list(pool)]


def ready_pool(target: Target) -> str:
    """Make a pool of two nodes and wait until they can work."""
    with connect(target) as client:
        return grown(client, 2, task_slots_per_node=2)[0]


def code_of(error: Any) -> str:
    """The service's code in a BatchErrorException."""
    return str(error.value.error.code)


def values_of(error: Any) -> dict[str, str]:
    """The details in a BatchErrorException."""
    return {detail.key: detail.value for detail in error.value.error.values or ()}


def headers(response: Any) -> dict[str, str]:
    """The headers of a raw answer of the client, names in lower case."""
    return {name.lower(): value for name, value in response.response.headers.items()}
