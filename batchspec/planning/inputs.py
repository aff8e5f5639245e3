"""Differences in words where they are of files: by the path that the spec has, not by the address of a blob."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from batchspec.compiler.schedules import TASKS
from batchspec.manager import SCRIPT
from batchspec.planning.differences import Difference
from batchspec.planning.words import sentence, spoken

if TYPE_CHECKING:
    from batchspec.compiler.program import Program, Upload

_FILE = re.compile(r"(?P<list>(.*\.)?\w*resource_files)\[\d+\]\.http_url")
_STORED = {
    TASKS: "its tasks have changed",
    SCRIPT.name: "the script that adds its tasks is of another version of batchspec",
}


def reasons(kind: str, found: Iterable[Difference], program: Program) -> list[str]:
    """One sentence for each difference; those of stored tasks first, as they are what somebody has changed."""
    made = [_one(kind, one, program) for one in found]
    return sorted(dict.fromkeys(made), key=lambda text: text != _STORED[TASKS])


def _one(kind: str, one: Difference, program: Program) -> str:
    match = _FILE.fullmatch(one.path)
    upload = _upload(str(one.wanted), program) if match else None
    if match is None or upload is None:
        return sentence(kind, one)
    if upload.data is not None:
        return _STORED.get(upload.path.name, f"{upload.path.name} has changed")
    return f"{spoken(kind, match['list'])}: {_path(upload)} has changed"


def _upload(url: str, program: Program) -> Upload | None:
    return next((one for one in program.uploads if url.partition("?")[0].endswith(f"/{one.blob}")), None)


def _path(upload: Upload) -> str:
    """As seen from the spec."""
    span = upload.origin.span
    if span is None:
        return upload.path.as_posix()
    return os.path.relpath(upload.path, Path(span.path).parent).replace(os.sep, "/")
