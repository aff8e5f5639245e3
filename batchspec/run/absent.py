"""Asking for what may not be there."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from batchspec.errors import NotFound
from batchspec.run.events import Waiting
from batchspec.run.retry import Retry

T = TypeVar("T")


def or_none(retry: Retry, what: str, request: Callable[[], T]) -> Generator[Waiting, None, T | None]:
    """The answer; None for what is not there. Raises ServiceError for all else."""
    try:
        return (yield from retry.ask(what, request))
    except NotFound:
        return None
