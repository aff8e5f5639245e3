"""The blob service as an ASGI application: read the request, see who asks, find the operation, answer."""

from __future__ import annotations

import errno
import logging
import re
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from batchspec.emulator.blob.call import Body, Call, Reply, read_query, split_path
from batchspec.emulator.blob.conditions import NotModified
from batchspec.emulator.blob.errors import BlobError, bad_header
from batchspec.emulator.blob.operations.table import check_options, find_operation
from batchspec.emulator.blob.sas import split_sas, verify_sas
from batchspec.emulator.blob.sharedkey import verify_shared_key
from batchspec.emulator.blob.store import BlobStore
from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.hosts import check_host

# What an answer says where the request names no version.
DEFAULT_VERSION = "2024-08-04"

_VERSION = re.compile(r"\d{4}-\d\d-\d\d")
_PLAIN_URL = re.compile(r"[!-~]+")  # what a client would send as it stands
_HERE = "127.0.0.1"
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(timezone.utc)


class BlobService:
    """The service over a store, an ASGI application: everything below `/<account name>` of the account's base URL."""

    def __init__(self, store: BlobStore, account: Account, now: Callable[[], datetime] = utc_now) -> None:
        self._store, self._account, self._now = store, account, now
        self._base_url, self._host = f"{account.base_url}/{account.name}/", urlsplit(account.base_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        headers = {name: value for name, value in request.headers.items()}  # noqa: C416 - lower-case, last one wins
        request_id = str(uuid.uuid4())
        client = request.client.host if request.client else ""
        path, query = scope["raw_path"].decode("ascii"), scope["query_string"].decode("ascii")
        try:
            reply = await self._answer(request.method, path, query, headers, client, request.stream)
        except ClientDisconnect:
            return
        except NotModified:
            reply = Reply(304)
        except BlobError as error:
            reply = _refusal(error, request_id, self._now())
        except (OSError, sqlite3.Error) as error:
            reply = _refusal(_world_error(error), request_id, self._now())
        await _response(request, headers, request_id, reply)(scope, receive, send)

    def put(self, url: str, headers: Mapping[str, str], data: bytes) -> bool:
        """Put Blob for a caller in this process and on this thread: judged and done as if a request had brought it,
        without the connection. False for a URL of another service, and for what is refused: a request says why."""
        if not url.startswith(self._base_url) or not _PLAIN_URL.fullmatch(url):
            return False
        path, _, query = url.removeprefix(self._account.base_url).partition("?")
        sent = {**headers, "host": self._host, "content-length": str(len(data))}

        async def body() -> AsyncIterator[bytes]:
            yield data

        answering = self._answer("PUT", path, query, sent, _HERE, body)
        try:
            answering.send(None)  # nothing in it waits but for the body, which is here
        except StopIteration as done:
            reply: Reply = done.value
            return reply.status == 201
        except (BlobError, NotModified, OSError, sqlite3.Error):
            return False
        raise RuntimeError("Put Blob waits for something")

    async def _answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], client: str, body: Body
    ) -> Reply:
        _check_headers(headers)
        call, now = self._read_call(method, path, query, headers, client, body), self._now()
        if call.sas is None:
            if "authorization" not in headers:
                raise BlobError("NoAuthenticationInformation")
            verify_shared_key(call, self._account, now)
        operation = find_operation(call)
        if call.sas is not None:
            call = replace(call, may_overwrite=verify_sas(call, call.sas, operation, self._account, now))
        check_options(call, operation)
        return await operation.handle(self._store, call)

    def _read_call(
        self, method: str, path: str, query: str, headers: Mapping[str, str], client: str, body: Body
    ) -> Call:
        name, container, blob = split_path(path)
        parameters, sas = _parameters(query)
        return Call(
            method=method,
            raw_path=path,
            account=name,
            container=container,
            blob=blob,
            query=parameters,
            headers=headers,
            client_ip=client,
            base_url=self._base_url,
            body=body,
            sas=sas,
        )


@lru_cache(maxsize=64)  # the SAS of a container comes with each of its blobs
def _parameters(query: str) -> tuple[Mapping[str, str], Mapping[str, str] | None]:
    return split_sas(read_query(query))


def _check_headers(headers: Mapping[str, str]) -> None:
    try:
        check_host(headers.get("host", ""))
    except BatchError:
        raise bad_header("Host", headers.get("host", "")) from None
    version = headers.get("x-ms-version")
    if version is not None and not _VERSION.fullmatch(version):
        raise bad_header("x-ms-version", version)


def _refusal(error: BlobError, request_id: str, now: datetime) -> Reply:
    headers = {"x-ms-error-code": error.code, "Content-Type": "application/xml"}
    if error.status == 401:
        headers["WWW-Authenticate"] = "SharedKey"
    return Reply(error.status, headers, error.body(request_id, f"{now:%Y-%m-%dT%H:%M:%S.%f}0Z"))


def _world_error(error: OSError | sqlite3.Error) -> BlobError:
    full = error.errno in _DISK_FULL if isinstance(error, OSError) else "disk is full" in str(error)
    if full:
        return BlobError("InsufficientStorage")
    _log.error("a blob request failed: %s", error, exc_info=error)
    return BlobError("InternalError", Reason=str(error))


def _response(request: Request, headers: Mapping[str, str], request_id: str, reply: Reply) -> Response:
    common = {
        "x-ms-request-id": request_id,
        "x-ms-version": headers.get("x-ms-version", DEFAULT_VERSION),
    }
    if "x-ms-client-request-id" in headers:
        common["x-ms-client-request-id"] = headers["x-ms-client-request-id"]
    answer = {**common, **reply.headers}
    if isinstance(reply.body, bytes):
        body = b"" if request.method == "HEAD" else reply.body
        return Response(body, reply.status, answer)
    return StreamingResponse(reply.body, reply.status, answer)
