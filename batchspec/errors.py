"""What the world can do to us, and the exit codes it ends with.

Problems of a spec are findings (`batchspec.diag`), never exceptions. These are:

    BatchspecError                 expected; shown as one message and a hint, never a traceback
    +-- UsageError                 a command that cannot be meant                  exit 2
    +-- UnreadableFile             a file that cannot be read                      exit 1
    +-- LocalFailure               disk full, results that cannot be written       exit 4
    +-- ServiceError               the service answered no, or did not answer      exit 4
        +-- Unreachable            no answer: refused, reset, timed out, no such host
        +-- Refused                an answer that will not change by asking again
        |   +-- NotFound           404
        |   +-- Conflict           409: exists already, being deleted, in the wrong state
        |   +-- PreconditionFailed 412: somebody else changed it first
        |   +-- Unauthorized       401, 403
        |   +-- TooLarge           413: the request's body
        +-- Busy                   429, 500, 502, 503, 504: ask again later
        +-- OutOfTime              not done in the time that was given            exit 6
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType


class ExitCode(IntEnum):
    """The truth, for scripts."""

    OK = 0
    SPEC_HAS_ERRORS = 1
    USAGE = 2
    PLAN_HAS_CHANGES = 3
    SERVICE = 4
    TASKS_FAILED = 5
    TIMED_OUT = 6
    BUG = 70
    INTERRUPTED = 130


class BatchspecError(Exception):
    """An expected failure: what is wrong, and what to do about it."""

    exit_code: int = ExitCode.SERVICE

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BatchspecError):
    """A command line or a call that cannot be meant."""

    exit_code = ExitCode.USAGE


class UnreadableFile(BatchspecError):
    """A file that the user named and that cannot be read."""

    exit_code = ExitCode.SPEC_HAS_ERRORS

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")
        self.path = path


class LocalFailure(BatchspecError):
    """This machine's disk or processes let us down."""


class ServiceError(BatchspecError):
    """The service's answer, or the lack of one.

    code: the service's error code ("PoolNotFound"), "" when there was no answer.
    status: the HTTP status, 0 when there was no answer.
    values: the details of the answer, such as PropertyName and Reason.
    retry_after: the seconds that the service asks us to wait.
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        code: str = "",
        status: int = 0,
        values: Mapping[str, str] = MappingProxyType({}),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.status = status
        self.values = values
        self.retry_after = retry_after


class Unreachable(ServiceError):
    """No answer. The request may have been carried out all the same."""


class Refused(ServiceError):
    """An answer that will not change by asking again."""


class NotFound(Refused):
    """What was named does not exist."""


class Conflict(Refused):
    """It exists already, is being deleted, or is in a state that forbids the request."""


class PreconditionFailed(Refused):
    """The ETag moved: somebody else changed it first."""


class Unauthorized(Refused):
    """The key or token is wrong, or may not do this."""


class TooLarge(Refused):
    """The request's body is over the service's limit."""


class Busy(ServiceError):
    """Throttled, or the service is failing: ask again later."""


class OutOfTime(ServiceError):
    """The time that somebody gave us is over, and the service was not done. running: the tasks that it waited for."""

    exit_code = ExitCode.TIMED_OUT

    def __init__(self, message: str, running: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.running = running
