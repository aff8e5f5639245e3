"""A request as the operations see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from batchspec.emulator.wire.errors import BatchError, query_error

MAX_RESULTS = 1000


@dataclass(frozen=True)
class Request:
    """One request: path percent-encoded as sent, header names in lower case, query in order, decoded."""

    method: str
    raw_path: str
    pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = b""
    oversized: bool = False
    version: str = ""
    query: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        # SDK generations differ in the letter case of query names (timeout, timeOut)
        object.__setattr__(self, "query", {name.lower(): value for name, value in self.pairs})

    @classmethod
    def from_scope(cls, scope: Mapping[str, Any]) -> Request:
        """The request of an ASGI scope, its body still unread."""
        return cls(
            method=scope["method"],
            raw_path=scope["raw_path"].decode("ascii", "replace"),
            pairs=tuple(parse_qsl(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True)),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        )

    def with_body(self, body: bytes, oversized: bool) -> Request:
        """The same request with its body, which is empty when it was too large."""
        return replace(self, body=body, oversized=oversized)

    def with_version(self, version: str) -> Request:
        """The same request with the API version that it speaks."""
        return replace(self, version=version)

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's decoded segments; an encoded slash stays inside its segment."""
        path = self.raw_path.strip("/")
        return tuple(unquote(part) for part in path.split("/")) if path else ()

    def json(self) -> Any:
        """The body as JSON; raises the service's refusal for anything else."""
        try:
            value = json.loads(self.body, parse_constant=_no_constant)
            if b"\\u" in self.body:
                _check_text(value)
        except (ValueError, RecursionError) as error:
            raise BatchError("InvalidRequestBody", [("Reason", str(error))]) from None
        return value

    def flag(self, name: str) -> bool:
        """A truth value of the query, false when absent."""
        text = self.query.get(name, "")
        if text.lower() not in ("", "true", "false"):
            raise query_error("InvalidQueryParameterValue", name, text, "expected true or false")
        return text.lower() == "true"

    @property
    def max_results(self) -> int:
        """How many items a page may have at most."""
        text = self.query.get("maxresults", "")
        if not text:
            return MAX_RESULTS
        if not text.isdecimal() or len(text) > 9:
            raise query_error("InvalidQueryParameterValue", "maxresults", text, "expected a whole number")
        if not 1 <= int(text) <= MAX_RESULTS:
            raise query_error("OutOfRangeQueryParameterValue", "maxresults", text, f"expected 1 to {MAX_RESULTS}")
        return int(text)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_text(value: Any) -> None:
    """Escapes can spell what no store and no command line holds: NUL, and halves of surrogate pairs."""
    text = json.dumps(value, ensure_ascii=False)
    text.encode()
    if "\\u0000" in text:
        raise ValueError("a string with a NUL character")
