"""Requests that fail when told to."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from batchspec.errors import Busy, ServiceError, Unreachable

_Method = TypeVar("_Method", bound=Callable[..., Any])


class Faults:
    """Fails the k-th request, counted over all ports, in one of KINDS; None lets all pass."""

    KINDS = ("503", "429", "timeout", "reset", "lost")

    def __init__(self, k: int | None = None, kind: str = "503") -> None:
        self.k = k
        self.kind = kind
        self.count = 0
        self._lock = threading.Lock()

    @property
    def hit(self) -> bool:
        """Whether a request has failed."""
        return self.k is not None and self.count >= self.k

    def guard(self, request: Callable[[], Any]) -> Any:
        with self._lock:
            self.count += 1
            fail = self.count == self.k
        if not fail:
            return request()
        if self.kind == "503":
            raise Busy("the service is busy", code="ServerBusy", status=503)
        if self.kind == "429":
            raise Busy("too many requests", code="TooManyRequests", status=429, retry_after=2.0)
        if self.kind == "lost":
            with suppress(ServiceError):
                request()
        raise Unreachable(f"no answer: {self.kind}")


def request(method: _Method) -> _Method:
    """A method that is one request: counted, and failed when its turn comes."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        def do() -> Any:
            with self.lock:
                return method(self, *args, **kwargs)

        return self.faults.guard(do)

    return cast("_Method", call)
