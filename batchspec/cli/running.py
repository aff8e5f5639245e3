"""The command that runs specs: apply."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from batchspec.cli import keeping, options
from batchspec.cli.asking import agreed, declined
from batchspec.cli.given import Given
from batchspec.cli.planning import PlanFormat, planned
from batchspec.cli.ready import ready
from batchspec.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from batchspec.planning import Plan
    from batchspec.run.context import Options as RunOptions


class _Declined(Exception):  # no failure: an answer
    """Somebody was asked, and said no."""


def apply(
    specs: options.Specs,
    *,
    given: Given,
    timeout: options.Timeout = None,
    results: options.Results = options.RESULTS,
    follow: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option("--follow/--no-follow", help="Show what tasks print. [default: for up to 100 tasks]"),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch until the work is done.")] = True,
    yes: options.Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done, as plan does.")] = False,
    rerun: options.Rerun = False,
    adopt: options.Adopt = False,
    force: options.Force = False,
    as_json: options.AsJson = False,
) -> int:
    """Run specs: upload, make the pool, job and tasks, watch, and bring the results home.

    The plan is shown first, and before anything is replaced or deleted somebody is asked. Several specs run one
    after the other; instead of specs it may be one file that "batchspec plan --out" has kept. Ctrl-C stops
    watching; the job goes on, and the same command takes it up again.
    """
    from batchspec.cli.folders import expanded
    from batchspec.run.apply import apply as run_apply
    from batchspec.run.context import Options
    from batchspec.run.finish import finish

    specs = expanded(specs)
    kept = keeping.kept(specs[0]) if len(specs) == 1 else None
    keeping.need_alone(specs)
    if kept is not None:
        if given != Given() or rerun or adopt:
            raise UsageError("a kept plan has its parameters, target, --rerun and --adopt with it", "give it alone")
        specs, given, rerun, adopt = kept.specs, kept.given, kept.rerun, kept.adopt
    if dry_run:
        form = PlanFormat.JSON if as_json else PlanFormat.TEXT
        return planned(specs, given, form, exit_code=False, out=None, rerun=rerun, adopt=adopt)
    asked = Options(
        results=results,
        timeout=options.seconds(timeout),
        follow=follow,
        wait=wait,
        adopt=adopt,
        rerun=rerun,
        force=force,
    )
    codes = [ExitCode.OK]
    with ready(specs, given, machine=as_json, applied=True) as (connection, checked, shown):
        shown.connected(connection.label)
        for at, spec in enumerate(checked):
            program = connection.program(spec, rerun=rerun)
            world = connection.world(program)
            shown.program(program)
            agree = partial(_agree, yes=yes or kept is not None)
            hold = None if kept is None else partial(kept.hold, at)
            events = run_apply(program, *world, replace(asked, agree=agree, hold=hold))
            try:
                codes.append(shown.events(events))
            except _Declined:
                return declined([one.keys.name for one in checked[:at]])
            except KeyboardInterrupt:
                events.close()
                if wait:
                    shown.events(finish(program, *world))
                again = [*map(str, specs), *given.arguments(), *_home(results)]
                end = [spec.keys.node.span.path, *given.arguments()]
                shown.detached(program, again, _once(asked), end)
                raise
    return max(codes)


def _home(results: Path) -> list[str]:
    return [] if results == options.RESULTS else ["--results", str(results)]


def _once(asked: RunOptions) -> list[str]:
    """The options that mean something until the job is there."""
    return [f"--{name}" for name in ("rerun", "adopt", "force") if getattr(asked, name)]


def _agree(plan: Plan, *, yes: bool) -> bool:
    from batchspec.planning.text import headline

    what = " and ".join(headline(change) for change in plan.destroys)
    if not agreed(f"{what}?", yes=yes):
        raise _Declined
    return True
