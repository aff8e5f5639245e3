"""The blob service as an ASGI application: read the request, see who asks, find the operation, answer."""

from __future__ import annotations

import errno
import logging
import re
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from batchspec.emulator.blob.call import Call, Reply, read_query, split_path
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
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(timezone.utc)


def blob_app(store: BlobStore, account: Account, now: Callable[[], datetime] = utc_now) -> ASGIApp:
    """The service over a store: everything below `/<account name>` of the account's base URL."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        headers = {name: value for name, value in request.headers.items()}  # noqa: C416 - lower-case, last one wins
        request_id = str(uuid.uuid4())
        try:
            reply = await _answer(request, headers, store, account, now())
        except ClientDisconnect:
            return
        except NotModified:
            reply = Reply(304)
        except BlobError as error:
            reply = _refusal(error, request_id, now())
        except (OSError, sqlite3.Error) as error:
            reply = _refusal(_world_error(error), request_id, now())
        await _response(request, headers, request_id, reply)(scope, receive, send)

    return app


async def _answer(
    request: Request, headers: Mapping[str, str], store: BlobStore, account: Account, now: datetime
) -> Reply:
    try:
        check_host(headers.get("host", ""))
    except BatchError:
        raise bad_header("Host", headers.get("host", "")) from None
    version = headers.get("x-ms-version")
    if version is not None and not _VERSION.fullmatch(version):
        raise bad_header("x-ms-version", version)
    call = _read_call(request, headers, account)
    if call.sas is None:
        if "authorization" not in headers:
            raise BlobError("NoAuthenticationInformation")
        verify_shared_key(call, account, now)
    operation = find_operation(call)
    if call.sas is not None:
        call = replace(call, may_overwrite=verify_sas(call, call.sas, operation, account, now))
    check_options(call, operation)
    return await operation.handle(store, call)


def _read_call(request: Request, headers: Mapping[str, str], account: Account) -> Call:
    raw_path = request.scope["raw_path"].decode("ascii")
    name, container, blob = split_path(raw_path)
    query, sas = split_sas(read_query(request.scope["query_string"].decode("ascii")))
    return Call(
        method=request.method,
        raw_path=raw_path,
        account=name,
        container=container,
        blob=blob,
        query=query,
        headers=headers,
        client_ip=request.client.host if request.client else "",
        base_url=f"{account.base_url}/{account.name}/",
        body=request.stream,
        sas=sas,
    )


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
