"""Options and arguments that several commands share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from batchspec.errors import UsageError
from batchspec.spec import durations
from batchspec.spec.draft import Settings

# Typer reads these at run time, and Python 3.10 reads `X | None` there only outside of Annotated.
Specs = Annotated[list[Path], typer.Argument(metavar="SPEC...", help="Spec files.", show_default=False)]
Spec = Annotated[Path, typer.Argument(metavar="SPEC", help="A spec file.", show_default=False)]
Tasks = Annotated[Optional[list[str]], typer.Argument(metavar="[TASK]...", help="Task ids.", show_default=False)]  # noqa: UP045
Parameters = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "-p", "--param", metavar="NAME=VALUE", help="A value for a parameter of the spec.", show_default=False
    ),
]
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


def settings(parameters: Sequence[str] | None, target: str | None, *, offline: bool = False) -> Settings:
    """What the caller brings to a spec. Raises UsageError for a parameter that is not NAME=VALUE."""
    return Settings(_parameters(parameters or ()), target or "", os.environ, offline)


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
