"""The Batch REST service as an ASGI application.

host -> body -> signature -> version -> route -> query -> schema -> handler -> answer
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from batchspec.emulator.batch.call import Call
from batchspec.emulator.batch.documents.view import View
from batchspec.emulator.batch.operations import OPERATIONS, Operation
from batchspec.emulator.batch.routes import Router
from batchspec.emulator.batch.schema.bodies import body_check
from batchspec.emulator.engine.engine import Engine
from batchspec.emulator.engine.errors import Refused
from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.answer import JSON_TYPE, Answer, encode
from batchspec.emulator.wire.auth import verify
from batchspec.emulator.wire.body import read_body
from batchspec.emulator.wire.conditions import NotModified
from batchspec.emulator.wire.errors import BatchError, error_body, query_error
from batchspec.emulator.wire.hosts import check_host
from batchspec.emulator.wire.request import Request
from batchspec.emulator.wire.times import wire_time
from batchspec.emulator.wire.versions import V2024, check_version

_COMMON_QUERY = frozenset({"api-version", "timeout"})
_NEW_QUERY = frozenset({"force"})  # of 2025-06-01
_LOG = logging.getLogger(__name__)


def batch_app(engine: Engine, account: Account, *, clock: Callable[[], float] = time.time) -> ASGIApp:
    """The service of one account, served at the root of `account.base_url`."""
    return _Service(engine, account, clock)


class _Service:
    def __init__(self, engine: Engine, account: Account, clock: Callable[[], float]) -> None:
        self._engine, self._account, self._clock = engine, account, clock
        self._router = Router(OPERATIONS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.from_scope(scope)
        request_id = str(uuid.uuid4())
        try:
            answer = self._answer(request.with_body(*await read_body(receive)), request_id)
        except NotModified:
            answer = Answer(304)
        except BatchError as error:
            answer = self._refuse(error, request_id)
        except Exception as error:  # noqa: BLE001 - the border: logged, and answered as the service would
            _LOG.exception("%s %s", request.method, request.raw_path)
            answer = self._refuse(_broken(request, error), request_id)
        await self._response(request, answer, request_id)(scope, receive, send)

    def _answer(self, request: Request, request_id: str) -> Answer:
        now = self._clock()
        check_host(request.headers.get("host", ""))
        verify(self._account, request.method, request.raw_path, request.pairs, request.headers, now)
        request = request.with_version(check_version(request.query.get("api-version")))
        operation, args = self._router.find(request)
        if operation.handler is None:
            raise BatchError(
                "OperationNotImplemented",
                [("Operation", operation.name)],
                message=f"OperationNotImplemented: {operation.name} is not part of this local service.",
            )
        _check_query(request, operation)
        view = View(self._engine, self._account.base_url, request.version)
        call = Call(view, request, args, _body(request, operation), request_id, now)
        try:
            return operation.handler(call)
        except Refused as refused:
            raise BatchError(refused.code, list(refused.values.items())) from refused

    def _refuse(self, error: BatchError, request_id: str) -> Answer:
        body = error_body(error, self._account.base_url, request_id, wire_time(self._clock()))
        return Answer(error.status, json=body)

    def _response(self, request: Request, answer: Answer, request_id: str) -> ASGIApp:
        headers = {**answer.headers, "DataServiceVersion": "3.0", "request-id": request_id}
        if request.headers.get("return-client-request-id", "").lower() == "true":
            headers["client-request-id"] = request.headers.get("client-request-id", "")
        if answer.stream is not None:
            return StreamingResponse(answer.stream, answer.status, headers)
        if answer.json is None:
            return _bodiless(answer.status, headers)
        content = encode(answer.json)
        if request.method == "HEAD":
            return _bodiless(answer.status, headers)
        return Response(content, answer.status, {**headers, "Content-Type": JSON_TYPE})


def _bodiless(status: int, headers: dict[str, str]) -> ASGIApp:
    response = Response(None, status)
    response.headers.update(headers)
    return response


def _check_query(request: Request, operation: Operation) -> None:
    for name, value in request.pairs:
        known = name.lower() in _COMMON_QUERY or name.lower() in operation.query
        if not known or (name.lower() in _NEW_QUERY and request.version == V2024):
            raise query_error("UnsupportedQueryParameter", name, value, f"{operation.name} has no such parameter")


def _body(request: Request, operation: Operation) -> dict[str, Any]:
    if not operation.body:
        return {}
    if not request.body and operation.body.endswith("?"):
        return {}
    if request.oversized:
        raise BatchError("RequestBodyTooLarge")
    return body_check(operation.body.rstrip("?"), request.version)(request.json())


def _broken(request: Request, error: Exception) -> BatchError:
    reason = f"{type(error).__name__}: {error}; the log of this service says more"
    # azure-batch resubmits a collection at once and for ever while the answer is a 5xx
    collection = request.raw_path.rstrip("/").endswith("/addtaskcollection")
    return BatchError("OperationInvalidForCurrentState" if collection else "InternalError", [("Reason", reason)])
