"""BS315, BS316: a release task runs 15 minutes at most, and only where a preparation task ran.

From the REST document of the job release task, `maxWallClockTime` and `jobReleaseTask`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec

_MOST = timedelta(minutes=15)


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The service refuses both."""
    job = spec.keys.job
    release = job.release if job is not None else None
    if job is None or release is None:
        return
    if job.prepare is None:
        message = "a job has a release task only beside a preparation task"
        hint = "add job.prepare; one that does nothing is enough: {command: /bin/true}"
        yield finding("BS316", message, job.node.keys["release"], release.pointer, hint)
    if release.timeout is not None and release.timeout > _MOST:
        message, hint = "a release task may run 15 minutes at most", "write 15m or less"
        yield finding("BS315", message, release.at("timeout"), f"{release.pointer}/timeout", hint)
