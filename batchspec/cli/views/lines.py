"""Events for machines: one JSON object a line; fields are added, never changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchspec.cli.views import out
from batchspec.diag import Diagnostic
from batchspec.diag.as_json import document, entry
from batchspec.diag.secrets import Redactor
from batchspec.errors import BatchspecError, ExitCode
from batchspec.planning import Plan
from batchspec.planning.document import of_plan
from batchspec.ports import FINGERPRINT_KEY, TASKS_KEY
from batchspec.run.events import Event, Finished
from batchspec.run.report import Report

if TYPE_CHECKING:
    from batchspec.api import Checked
    from batchspec.compiler.program import Program
    from batchspec.run.gc import Leftover
    from batchspec.run.occasions import Occasions
    from batchspec.run.reruns import Reruns
    from batchspec.run.status import Status
    from batchspec.run.why.facts import Reason

_CONTROL = re.compile("[\x7f-\x9f]")
_HASHES = frozenset({FINGERPRINT_KEY, TASKS_KEY})  # secrets went into them, and a weak one could be guessed from them
FORMAT_VERSION = "1.0"


class JsonLines:
    """Each event under its name: {"format_version": "1.0", "event": "task_moved", ...}."""

    def __init__(self) -> None:
        self._redact = Redactor(frozenset())

    def findings(self, checked: Checked) -> None:
        """What is wrong with the specs: the object of `validate --format json`, on one line."""
        self._line("findings", document(checked.diagnostics))

    def error(self, error: BatchspecError) -> None:
        """What ended the command; it stands on stderr in words, too."""
        self._line("error", {"message": error.message, "hint": error.hint, "exit_code": int(error.exit_code)})

    def connected(self, label: str) -> None:
        self._line("connected", {"target": label})

    def program(self, program: Program) -> None:
        self._redact = Redactor(program.secrets)
        self._line("program", {"name": program.name, "job_id": program.job_id, "tasks": len(program.tasks)})

    def events(self, events: Iterator[Event]) -> ExitCode:
        code = ExitCode.OK
        for event in events:
            if isinstance(event, Finished):
                code = event.report.exit_code
            self._line(_name(event), _object(event))
        return code

    def status(self, status: Status) -> None:
        self._line("status", _object(status))

    def occasions(self, found: Occasions) -> None:
        self._line("schedule", _object(found))

    def nowhere(self) -> None:
        pass  # that nothing is there was told

    def reruns(self, found: Reruns) -> None:
        if len(found.runs) > 1:
            self._line("runs", _object(found))

    def statuses(self, found: Iterator[Status]) -> None:
        last: dict[str, Any] | None = None
        for status in found:
            made = _object(status)
            if made != last:
                self._line("status", made)
            last = made

    def tasks(self, task_ids: Sequence[str], *, others: bool = False) -> None:
        pass  # each line says whose it is

    def why(self, reasons: Sequence[Reason]) -> None:
        self._line("why", {"reasons": [_object(reason) for reason in reasons]})

    def leftovers(self, found: Sequence[Leftover], *, kept: bool) -> None:
        self._line("leftovers", {"kept": kept, "leftovers": [_object(one) for one in found]})

    def detached(self, program: Program, again: Sequence[str], once: Sequence[str], end: Sequence[str]) -> None:
        members = {"arguments": list(again), "once": list(once), "cancel": list(end)}
        self._line("detached", {"job_id": program.job_id, **members})

    def _line(self, event: str, members: Mapping[str, Any]) -> None:
        made = {"format_version": FORMAT_VERSION, "event": event, **self._redact.document(members)}
        # A JSON string may hold the second set of control characters as it is; a terminal would obey them.
        text = json.dumps(made, ensure_ascii=False)
        out.write(_CONTROL.sub(lambda one: f"\\u{ord(one[0]):04x}", text) + "\n")


def _name(event: Event) -> str:
    name = type(event).__name__
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _object(value: Any) -> dict[str, Any]:
    # What is not for reading, such as the service's own JSON of a pool, may hold signatures and secrets.
    made = {item.name: _plain(getattr(value, item.name)) for item in fields(value) if item.repr}
    if isinstance(value, Report):
        made["exit_code"] = int(value.exit_code)
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, Plan):
        return of_plan(value)
    if isinstance(value, Diagnostic):
        return entry(value)
    if is_dataclass(value):
        return _object(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if key not in _HASHES}
    if isinstance(value, (tuple, list, frozenset, set)):
        return [_plain(item) for item in value]
    return value
