"""A Batch service with one job, behind a real socket, whose k-th requests fail as they are told to."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

KINDS = ("503", "429", "reset", "lost")  # lost: carried out, and no answer comes
JOB = "nightly:job-3"
MANAGER = "batchspec-add-tasks"


class Service:
    """The job's tasks, and what was asked of it."""

    def __init__(self, faults: Mapping[int, str] | None = None, *, largest: int = 100, page: int = 1000) -> None:
        self.faults = dict(faults or {})
        self.largest = largest  # tasks in a request, beyond which it is too large
        self.page = page
        self.tasks: dict[str, dict[str, Any]] = {MANAGER: {"id": MANAGER}}
        self.adds: dict[str, int] = {}  # how often each task was really added
        self.refused: dict[str, str] = {}  # codes by id
        self.failing: dict[str, int] = {}  # how often the service fails to add a task
        self.collections: list[int] = []
        self.ended: str | None = None
        self.retry_after = "1"
        self.requests: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.lock = threading.Lock()
        self.url = ""

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Carry a request out."""
        parts = urlsplit(target)
        name = parts.path.rpartition("/")[2]
        if name == "addtaskcollection":
            return self._add(json.loads(body)["value"])
        if name == "taskcounts":
            return 200, {"taskCounts": {"active": len(self.tasks) - 1, "running": 1, "completed": 0}}
        if name == "terminate":
            self.ended = json.loads(body)["terminateReason"]
            return 202, {}
        assert (method, name) == ("GET", "tasks")
        start = int(parse_qs(parts.query).get("$skiptoken", ["0"])[0])
        ids = list(self.tasks)[start : start + self.page]
        found: dict[str, Any] = {"value": [{"id": one} for one in ids]}
        if start + self.page < len(self.tasks):
            found["odata.nextLink"] = f"{self.url}{parts.path}?api-version=2025-06-01&$skiptoken={start + self.page}"
        return 200, found

    def _add(self, tasks: Sequence[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        if len(tasks) > self.largest:
            return 413, {"code": "RequestBodyTooLarge", "message": {"value": "too large"}}
        self.collections.append(len(tasks))
        return 200, {"value": [self._add_one(task) for task in tasks]}

    def _add_one(self, task: dict[str, Any]) -> dict[str, Any]:
        task_id = task["id"]
        if task_id in self.refused:
            error = {"code": self.refused[task_id], "message": {"value": "No.\nRequestId:1"}}
            return {"taskId": task_id, "status": "clienterror", "error": error}
        if self.failing.get(task_id, 0) > 0:
            self.failing[task_id] -= 1
            return {"taskId": task_id, "status": "servererror"}
        if task_id in self.tasks:
            return {"taskId": task_id, "status": "clienterror", "error": {"code": "TaskExists"}}
        self.tasks[task_id] = task
        self.adds[task_id] = self.adds.get(task_id, 0) + 1
        return {"taskId": task_id, "status": "Success"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service

    def _handle(self) -> None:
        service = self.service
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with service.lock:
            service.requests.append(f"{self.command} {self.path}")
            service.headers.append(dict(self.headers.items()))
            kind = service.faults.get(len(service.requests))
            status, found = 200, dict[str, Any]()
            if kind in (None, "lost"):
                status, found = service.answer(self.command, self.path, body)
        if kind in ("reset", "lost"):
            self.close_connection = True
            return
        if kind not in (None, "page"):
            status, found = int(kind), {"code": "ServerBusy"}
        data = b"<p>sign in first</p>" if kind == "page" else json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if kind == "429":
            self.send_header("Retry-After", service.retry_after)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815  # the names that the base class looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
        """Say nothing."""


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """The service on a free port; stopped at the end, with all of its threads."""
    handler = type("Handler", (_Handler,), {"service": service})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True  # a client that was killed may leave a connection half open
        service.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


def stored(path: Path, tasks: Sequence[dict[str, Any]], **head: Any) -> Path:
    """A file of tasks, as the compiler makes it."""
    made = {
        "format": 1,
        "api_version": "2025-06-01",
        "container": "https://a.blob.example/nightly",
        "folder": "outputs/nightly/~run~",
        "count": len(tasks),
        "identity": None,
        **head,
    }
    path.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in (made, *tasks)).encode()))
    return path


def environment(service: Service) -> dict[str, str]:
    """What a node gives the manager, and the schedule."""
    return {
        "AZ_BATCH_ACCOUNT_URL": f"{service.url}/",
        "AZ_BATCH_ACCOUNT_NAME": "acct",
        "AZ_BATCH_JOB_ID": JOB,
        "BATCHSPEC_ACCOUNT_KEY": "c2VjcmV0IGtleQ==",
        "BATCHSPEC_LINK_R": "https://a.blob.example/nightly?sp=r&sig=abc%2F",
        "BATCHSPEC_LINK_CW": "https://a.blob.example/nightly?sp=cw&sig=def",
    }
