"""Options and arguments that several commands share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from batchspec.errors import UsageError
from batchspec.spec import durations

RESULTS = Path("outputs")

# Typer reads these at run time, and Python 3.10 reads `X | None` there only outside of Annotated.
Specs = Annotated[list[Path], typer.Argument(metavar="SPEC...", help="Spec files.", show_default=False)]
SpecsOrFolders = Annotated[
    list[Path], typer.Argument(metavar="SPEC...", help="Spec files, or folders of them.", show_default=False)
]
Spec = Annotated[Path, typer.Argument(metavar="SPEC", help="A spec file.", show_default=False)]
TasksOrGroups = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="[TASK]...", help="Task ids, or names of groups.", show_default=False),
]
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
    typer.Option("--timeout", metavar="DURATION", help="Stop waiting after so long: 90s, 2h; for each spec."),
]


Rerun = Annotated[
    bool,
    typer.Option("--rerun", help="Once the job has ended, make its next run: <id>-2 and so on. The ended one stays."),
]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Take over what has the spec's ids and was not made by this spec.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Do not wait for tasks on a pool that is replaced: they are queued again.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree to what is replaced, ended or deleted.")]

RunOf = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--run", metavar="N|JOB", help="Which run, by number or job id. [default: the newest]"),
]
AsOf = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--as-of", metavar="DATE", help="Judge what is retired as of this day (2027-01-31), not of today."),
]


class BodyFormat(str, Enum):
    """How request bodies are shown."""

    JSON = "json"
    YAML = "yaml"


class GraphFormat(str, Enum):
    """How a graph is shown."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"


def seconds(text: str | None) -> float | None:
    """A duration on the command line. Raises UsageError."""
    if text is None:
        return None
    length = durations.parse(text)
    if length is None or not length:
        raise UsageError(f'"{text}" is not a duration', "write it as 90s, 30m or 2h30m")
    return length.total_seconds()
