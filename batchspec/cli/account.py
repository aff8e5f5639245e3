"""What commands do first that speak to an account: connect, and tell machines what fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from batchspec import api
from batchspec.cli.views import View, view
from batchspec.cli.views.out import ReaderGone
from batchspec.errors import BatchspecError


def place(target: str | None) -> str:
    """The target that is meant."""
    from batchspec.service.account import default_target

    return target or default_target(os.environ)


@contextmanager
def told(*, machine: bool) -> Iterator[None]:
    """A failure is passed on; machines are told of it before."""
    try:
        yield
    except BatchspecError as error:
        if machine and not isinstance(error, ReaderGone):
            from batchspec.cli.views.lines import JsonLines

            JsonLines().error(error)
        raise


@contextmanager
def account(target: str | None, *, machine: bool = False) -> Iterator[tuple[api.Connection, View]]:
    """The account of a target, and the view of what is done there. A slow service is told of on stderr, as stdout is
    for what was asked for.
    """
    from batchspec.cli.views.sentences import aside
    from batchspec.run.retry import heard

    with (
        told(machine=machine),
        api.connect(place(target), os.environ) as connection,
        view(machine=machine, now=connection.clock.monotonic) as shown,
        heard(aside),
    ):
        yield connection, shown
