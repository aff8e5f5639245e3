"""What is below `/_emulator/`; the package's own text describes it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from batchspec.emulator.control import PREFIX
from batchspec.emulator.control.ledger import Ledger
from batchspec.emulator.control.rules import BadRule, number, read_rules
from batchspec.emulator.engine.breakdowns import KINDS
from batchspec.emulator.engine.engine import Engine
from batchspec.emulator.engine.errors import Refused
from batchspec.emulator.engine.records import Failure
from batchspec.emulator.engine.troubles import Trouble
from batchspec.emulator.wire.body import read_body
from batchspec.emulator.wire.errors import ERRORS, BatchError
from batchspec.emulator.wire.hosts import check_host

_LONGEST_JUMP = 10 * 365 * 86400.0

Handler = Callable[[Mapping[str, str], Any], Any]


class ControlPlane:
    """The handlers: from the parts of a path and a body to a document."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self._engine, self._ledger = engine, ledger

    def faults(self, _args: Mapping[str, str], _body: Any) -> Any:
        return self._ledger.document()

    def set_faults(self, _args: Mapping[str, str], body: Any) -> Any:
        self._ledger.restart(read_rules(body))
        return {}

    def clear_faults(self, _args: Mapping[str, str], _body: Any) -> Any:
        self._ledger.restart([])
        return {}

    def clock(self, _args: Mapping[str, str], _body: Any) -> Any:
        clock = self._engine.clock
        return {"now": clock.now(), "rate": clock.rate}

    def advance(self, args: Mapping[str, str], body: Any) -> Any:
        given = _members(body, "advance")
        seconds = number(given, "advance")
        if seconds is None or seconds > _LONGEST_JUMP:
            raise BadRule(f'"advance" must be given, {_LONGEST_JUMP:g} seconds at most')
        self._engine.clock.advance(seconds)
        return self.clock(args, body)

    def node(self, args: Mapping[str, str], body: Any) -> Any:
        given, failures = _members(body, "fail", "for", "recover"), self._engine.failures
        how, lasting = given.get("fail"), number(given, "for")
        if given.get("recover") is True and len(given) == 1:
            failures.mend_node(args["pool"], args["node"])
        elif how == "disk_full" and len(given) == 1:
            failures.fill_disk(args["pool"], args["node"])
        elif how in KINDS and "recover" not in given:
            failures.fail_node(args["pool"], args["node"], KINDS[how], lasting)
        else:
            kinds = ", ".join(KINDS)
            raise BadRule(f'give "fail": disk_full or one of {kinds} (these may have "for"), or "recover": true')
        return {}

    def pool(self, args: Mapping[str, str], body: Any) -> Any:
        given = _members(body, "resize_error", "allocation_delay")
        error, times = None, None
        if given.get("resize_error") is not None:
            said = _members(given["resize_error"], "code", "message", "times")
            code, message, times = said.get("code"), said.get("message", ""), number(said, "times", 1)
            if not isinstance(code, str) or not isinstance(message, str):
                raise BadRule('"resize_error" must have a "code", and may have a "message": texts')
            error = Failure("UserError", code, message)
        delay = number(given, "allocation_delay") or 0.0
        self._engine.failures.trouble_pool(args["pool"], Trouble(error, None if times is None else int(times), delay))
        return {}


def control_app(engine: Engine, ledger: Ledger) -> Starlette:
    """The control plane as an ASGI application."""
    plane = ControlPlane(engine, ledger)
    rows: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "faults", plane.faults),
        ("POST", "faults", plane.set_faults),
        ("DELETE", "faults", plane.clear_faults),
        ("GET", "clock", plane.clock),
        ("POST", "clock", plane.advance),
        ("POST", "nodes/{pool}/{node}", plane.node),
        ("POST", "pools/{pool}", plane.pool),
    )
    return Starlette(routes=[Route(PREFIX + path, _endpoint(handler), methods=[verb]) for verb, path, handler in rows])


def _endpoint(handler: Handler) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(handler(request.path_params, await _body(request)))
        except Refused as refused:
            return _refusal(ERRORS[refused.code][0], f"{refused.code} {' '.join(refused.values.values())}".strip())
        except BatchError as error:
            return _refusal(error.status, str(error))
        except BadRule as error:
            return _refusal(400, str(error))

    return endpoint


async def _body(request: Request) -> Any:
    """The body of a request that comes from here; None without one."""
    check_host(request.headers.get("host", ""))
    if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
        raise BatchError("AuthenticationFailed", message="only loopback callers are served")
    if "origin" in request.headers:  # https://fetch.spec.whatwg.org/#origin-header: a browser sends it for a page
        raise BatchError("AuthenticationFailed", message="web pages are not served")
    if request.method != "POST":
        return None
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadRule("the body must be sent as application/json")
    content, oversized = await read_body(request.receive)
    if oversized:
        raise BatchError("RequestBodyTooLarge")
    try:
        return json.loads(content)
    except ValueError as error:
        raise BadRule(f"the body is no JSON: {error}") from None


def _members(body: Any, *names: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRule("the body must be an object")
    if unknown := body.keys() - set(names):
        raise BadRule(f'there is no member "{min(unknown)}"')
    return body


def _refusal(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status)
