"""Options and arguments that several commands share."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from batchspec.errors import UsageError
from batchspec.spec import durations
from batchspec.spec.draft import Settings
from batchspec.spec.matrix import MAX_TASKS

# Typer reads these at run time, and Python 3.10 reads `X | None` there only outside of Annotated.
Specs = Annotated[list[Path], typer.Argument(metavar="SPEC...", help="Spec files.", show_default=False)]
SpecsOrFolders = Annotated[
    list[Path], typer.Argument(metavar="SPEC...", help="Spec files, or folders of them.", show_default=False)
]
Spec = Annotated[Path, typer.Argument(metavar="SPEC", help="A spec file.", show_default=False)]
Tasks = Annotated[Optional[list[str]], typer.Argument(metavar="[TASK]...", help="Task ids.", show_default=False)]  # noqa: UP045
Parameters = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "-p", "--param", metavar="NAME=VALUE", help="A value for a parameter of the spec.", show_default=False
    ),
]
ParamsFiles = Annotated[
    Optional[list[Path]],  # noqa: UP045
    typer.Option(
        "--params-file",
        metavar="FILE",
        help="A YAML or JSON file of parameters; -p goes before it, and a later file before an earlier one.",
        show_default=False,
    ),
]
AllowOutside = Annotated[
    bool,
    typer.Option("--allow-outside", help="Let paths that are absolute or begin with ../ leave the spec's folder."),
]
MaxTasks = Annotated[int, typer.Option("--max-tasks", metavar="N", min=1, help="The most tasks of a spec.")]
Target = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--target", metavar="NAME", help="Where to run: local, azure, or a target of the spec."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Results = Annotated[Path, typer.Option("--results", metavar="DIR", help="The folder that outputs come home to.")]
Timeout = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--timeout", metavar="DURATION", help="Stop watching after so long: 90s, 2h. The job goes on."),
]


AsOf = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--as-of", metavar="DATE", help="Judge what is retired as of this day (2027-01-31), not of today."),
]


class Format(str, Enum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class BodyFormat(str, Enum):
    """How request bodies are shown."""

    JSON = "json"
    YAML = "yaml"


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
    parameters: Sequence[str] | Given | None,
    target: str | None,
    *,
    offline: bool = False,
    as_of: str | None = None,
    today: Callable[[], date] = date.today,
) -> Settings:
    """What the caller brings to a spec. Raises UsageError for a parameter or a day that is not written as one."""
    given = parameters if isinstance(parameters, Given) else Given(parameters)
    return Settings(
        _parameters(given.parameters or ()),
        target or "",
        os.environ,
        offline,
        today() if as_of is None else _day(as_of),
        params_files=tuple(given.params_files or ()),
        allow_outside=given.allow_outside,
        max_tasks=given.max_tasks,
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


def seconds(text: str | None) -> float | None:
    """A duration on the command line. Raises UsageError."""
    if text is None:
        return None
    length = durations.parse(text)
    if length is None or not length:
        raise UsageError(f'"{text}" is not a duration', "write it as 90s, 30m or 2h30m")
    return length.total_seconds()
