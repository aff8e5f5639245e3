"""Error answers as the two services write them."""

from __future__ import annotations

import json
import uuid
from html import escape

from starlette.responses import Response

from batchspec.emulator.control.rules import Rule, Service
from batchspec.emulator.wire.answer import JSON_TYPE

_USUAL = {
    429: ("TooManyRequests", "Request failed as server encountered too many requests. Please try again."),
    500: ("InternalError", "The server encountered an internal error. Please retry the request."),
    503: ("ServerBusy", "The server is currently unable to receive requests. Please retry your request."),
}
_ANY = ("FaultOnRequest", "This local service was asked to answer so.")


def answer(rule: Rule, status: int, service: Service, base: str) -> Response:
    """The answer that a rule asks for; `base` is the URL that the service is at."""
    usual_code, usual_message = _USUAL.get(status, _ANY)
    code, message = rule.code or usual_code, rule.message or usual_message
    request_id = str(uuid.uuid4())
    retry = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
    if service == "batch":
        headers = {"DataServiceVersion": "3.0", "request-id": request_id, "Content-Type": JSON_TYPE}
        return Response(_json(code, message, request_id, base), status, {**headers, **retry})
    headers = {"x-ms-request-id": request_id, "x-ms-error-code": code, "Content-Type": "application/xml"}
    text = f"{escape(message)}\nRequestId:{request_id}"
    xml = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{escape(code)}</Code><Message>{text}</Message></Error>'
    return Response(xml, status, {**headers, **retry})


def _json(code: str, message: str, request_id: str, base: str) -> bytes:
    return json.dumps(
        {
            "odata.metadata": f"{base}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element",
            "code": code,
            "message": {"lang": "en-US", "value": f"{message}\nRequestId:{request_id}"},
        }
    ).encode()
