"""What commands are given, without the words for it: `validate` starts often, and Typer is slow to import."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

from batchspec.errors import UsageError
from batchspec.spec.draft import Settings
from batchspec.spec.matrix import MAX_TASKS


class Format(str, Enum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


@dataclass(frozen=True)
class Given:
    """What a command is given for its specs, as it was written."""

    parameters: Sequence[str] | None = None
    target: str | None = None
    params_files: Sequence[Path] | None = None
    allow_outside: bool = False
    max_tasks: int = MAX_TASKS

    def arguments(self) -> list[str]:
        """The same, for another command."""
        made = [word for path in self.params_files or () for word in ("--params-file", str(path))]
        made += [word for text in self.parameters or () for word in ("-p", text)]
        made += ["--allow-outside"] if self.allow_outside else []
        made += ["--max-tasks", str(self.max_tasks)] if self.max_tasks != MAX_TASKS else []
        return [*made, "--target", self.target] if self.target else made


def settings(
    given: Given,
    target: str | None,
    *,
    offline: bool = False,
    lenient: bool = False,
    as_of: str | None = None,
    today: Callable[[], date] = date.today,
) -> Settings:
    """What the caller brings to a spec. Raises UsageError for a parameter or a day that is not written as one."""
    return Settings(
        _parameters(given.parameters or ()),
        target or "",
        os.environ,
        offline,
        today() if as_of is None else _day(as_of),
        params_files=tuple(given.params_files or ()),
        allow_outside=given.allow_outside,
        max_tasks=given.max_tasks,
        lenient=lenient,
    )


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(f'"{text}" is not a date', "write it as 2027-01-31")


def _parameters(given: Sequence[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals and name.isidentifier():
            raise UsageError(f'the parameter "{name}" is given no value', f"write it as -p {name}=value")
        if not name.isidentifier():
            raise UsageError(f'"{text}" is not a parameter', "write it as -p name=value")
        if name in made:
            raise UsageError(f'the parameter "{name}" is given twice')
        made[name] = value
    return made
