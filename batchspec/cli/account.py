"""What commands do first that speak to an account without a spec: connect, and tell machines what fails."""

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
def account(target: str | None, *, machine: bool = False) -> Iterator[tuple[api.Connection, View]]:
    """The account of a target, and the view of what is done there."""
    from batchspec.cli.views.lines import JsonLines

    try:
        with api.connect(place(target), os.environ) as connection, view(machine=machine) as shown:
            yield connection, shown
    except BatchspecError as error:
        if machine and not isinstance(error, ReaderGone):
            JsonLines().error(error)
        raise
