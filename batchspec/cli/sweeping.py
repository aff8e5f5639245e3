"""`batchspec gc`: what specs have left behind in the account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from batchspec import api
from batchspec.cli import options
from batchspec.cli.account import account, place, told
from batchspec.cli.asking import agreed, declined, going_on
from batchspec.cli.given import Given, settings
from batchspec.cli.views import findings
from batchspec.errors import ExitCode
from batchspec.spec.model.pool import NEW

if TYPE_CHECKING:
    from batchspec.run.gc import Keep


def gc(
    specs: Annotated[
        Optional[list[Path]],  # noqa: UP045  as in options
        typer.Argument(metavar="[SPEC]...", help="Specs, or folders of them, whose things stay.", show_default=False),
    ] = None,
    *,
    older_than: Annotated[str, typer.Option("--older-than", metavar="DURATION", help="Unused for so long.")] = "7d",
    container: Annotated[
        Optional[list[str]],  # noqa: UP045  as in options
        typer.Option("--container", metavar="NAME", help="Look for outputs there, too.", show_default=False),
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete what is found.")] = False,
    yes: options.Yes = False,
    given: Given,
    as_json: options.AsJson = False,
) -> int:
    """Find what batchspec made, what belongs to none of the specs given, and what is past its lifetime.

    Jobs and schedules are once they have completed --older-than ago, pools when their lifetime is over or no job has
    used them for so long. Nothing is deleted without --delete, and nothing ever that batchspec did not mark. Blobs
    carry no mark: outputs whose job is gone are looked for only in the containers that --container names; inputs stay.
    """
    from batchspec.run.gc import leftovers
    from batchspec.run.sweep import sweep

    seconds = options.seconds(older_than) or 0.0
    with told(machine=as_json):
        keep = _keep(specs or (), given, machine=as_json)
    if keep is None:
        return ExitCode.SPEC_HAS_ERRORS
    with account(given.target, machine=as_json) as (connection, shown):
        shown.connected(connection.label)
        world = (connection.speaking(NEW), connection.blobs, connection.clock)
        found = leftovers(*world, keep, timedelta(seconds=seconds), container or ())
        shown.leftovers(found, kept=not delete)
        if found and delete:
            if not agreed(f"delete {'these ' if len(found) > 1 else ''}{_things(len(found))}?", yes=yes):
                return declined()
            with going_on("what is being deleted goes; the same command deletes the rest"):
                shown.events(sweep(found, *world))
    return ExitCode.OK


def _keep(specs: Sequence[Path], given: Given, *, machine: bool) -> Keep | None:
    """What belongs to the specs; None when one of them has errors, as what it owns cannot be told then."""
    from batchspec.cli.views.lines import JsonLines
    from batchspec.run.gc import Keep

    if not specs:
        return Keep()
    checked = api.validate(specs, settings(given, place(given.target), lenient=True))
    if not checked.ok:
        if machine:
            JsonLines().findings(checked)
        else:
            findings.show(checked, aside=True)
        return None
    keys = [spec.keys for spec in checked.specs]
    named = [one.job.pool_info.pool_id for one in keys if one.job is not None and one.job.pool_info is not None]
    pools = [*(one.pool.id for one in keys if one.pool is not None), *(pool_id for pool_id in named if pool_id)]
    return Keep(
        frozenset(one.name for one in keys),
        frozenset(pool_id.lower() for pool_id in pools),
        frozenset(one.job.id.lower() for one in keys if one.job is not None),
    )


def _things(count: int) -> str:
    return "one thing" if count == 1 else f"{count:,} things"
