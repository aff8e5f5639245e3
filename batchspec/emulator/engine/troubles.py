"""What stands in the way of a pool's next resizes because somebody asked for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from batchspec.emulator.engine.records import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMED_OUT: Final = Failure(
    "UserError",
    "AllocationTimedout",
    "Desired number of dedicated nodes could not be allocated as the resize timeout was reached",
)
"""Code and message as users have reported them, as in https://github.com/Azure/BatchExplorer/issues/2085"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """`error` ends resizes that need nodes, `times` of them (None: all) ; `delay` is how many seconds nodes take."""

    error: Failure | None = None
    times: int | None = None
    delay: float = 0.0

    @property
    def refuses(self) -> bool:
        return self.error is not None and self.times != 0

    def spent(self) -> Trouble:
        """After it has ended a resize."""
        return self if self.times is None else replace(self, times=self.times - 1)


Troubles = dict[str, Trouble]
"""By the pool's key; the pool need not be there yet."""

NONE: Final = Trouble()


def of(troubles: Mapping[str, Trouble], pool_key: str) -> Trouble:
    return troubles.get(pool_key, NONE)
