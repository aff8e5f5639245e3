"""The command that says what an apply would do: plan."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from batchspec.cli import options
from batchspec.cli.given import Given
from batchspec.cli.ready import ready
from batchspec.errors import ExitCode


class PlanFormat(str, Enum):
    """How a plan is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def plan(
    specs: options.Specs,
    *,
    given: Given,
    form: Annotated[
        PlanFormat, typer.Option("--format", help="How the plan is shown; markdown is for a pull request.")
    ] = PlanFormat.TEXT,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 3 when there are changes.")] = False,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", metavar="FILE", help="Keep the plan in a file, for batchspec apply FILE."),
    ] = None,
    rerun: options.Rerun = False,
    adopt: options.Adopt = False,
) -> int:
    """Say what an apply would do, and why; change nothing."""
    return planned(specs, given, form, exit_code=exit_code, out=out, rerun=rerun, adopt=adopt)


def planned(
    specs: list[Path], given: Given, form: PlanFormat, *, exit_code: bool, out: Path | None, rerun: bool, adopt: bool
) -> int:
    """Plan, show, and keep the plan when asked to; the exit code."""
    from batchspec.cli import keeping
    from batchspec.cli.folders import expanded
    from batchspec.cli.views import plans
    from batchspec.run.context import Options
    from batchspec.run.look import plan_of

    specs = expanded(specs)
    keeping.need_alone(specs)
    made, secrets = [], set[str]()
    coming: frozenset[str] = frozenset()
    machine = form is PlanFormat.JSON
    aside = form is not PlanFormat.TEXT
    with ready(specs, given, machine=machine, applied=True, aside=aside) as (connection, checked, shown):
        if out is not None:
            keeping.check(checked, given)
        if form is PlanFormat.TEXT:
            shown.connected(connection.label)
        for spec in checked:
            program = connection.program(spec, rerun=rerun)
            made.append(plan_of(program, *connection.world(program), Options(adopt=adopt, rerun=rerun, coming=coming)))
            secrets |= program.secrets
            if program.pool is not None:
                coming |= {str(program.pool.body.id).lower()}
    plans.show(made, form.value, frozenset(secrets))
    if out is not None:
        keeping.keep(out, made, specs, given, connection.target, rerun=rerun, adopt=adopt)
    if any(one.problems for one in made):
        return ExitCode.SERVICE
    return ExitCode.PLAN_HAS_CHANGES if exit_code and not all(one.empty for one in made) else ExitCode.OK
