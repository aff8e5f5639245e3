"""The plan as a value: what an apply would do to each thing, why, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from batchspec.diag import Diagnostic
from batchspec.planning.differences import Difference
from batchspec.planning.live import Left


class Action(str, Enum):
    """What is done to a thing."""

    CREATE = "create"
    UPDATE = "update"  # in place
    RESIZE = "resize"
    REPLACE = "replace"  # deleted, and made anew
    DELETE = "delete"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Change:
    """What is done to one thing, or to several tasks or files.

    kind: pool, job, job_schedule, tasks, files. id: of tasks and files, their job or container.
    reasons: why, one sentence each, without a final stop. cost: what it does to work that is under way, or "".
    differences: the fields that are not as the spec says. ids: of tasks, those that it means, as far as they are known;
    count: how many things it means. stale: our marks on it are of an earlier spec or version; they are renewed.
    due: on_finish asks for it now that the work has ended.
    """

    kind: str
    id: str
    action: Action
    reasons: tuple[str, ...] = ()
    cost: str = ""
    differences: tuple[Difference, ...] = ()
    ids: tuple[str, ...] = ()
    count: int = 1
    stale: bool = False
    due: bool = False

    @property
    def destroys(self) -> bool:
        """Whether something is lost by it that the spec does not give up by itself, so that somebody has to agree."""
        return not self.due and self.action in (Action.REPLACE, Action.DELETE)


@dataclass(frozen=True)
class Plan:
    """What an apply of one spec would do.

    changes: in the order in which they are made; those of action nothing are there, too.
    problems: why it cannot be applied at all.
    etags: of what is live, by kind. prints: what the spec asks for, as hashes by kind. With them a plan that was
    kept is known to hold still. left: what else is live that the spec has made: nothing is done to it.
    """

    name: str
    changes: tuple[Change, ...]
    problems: tuple[Diagnostic, ...] = ()
    etags: Mapping[str, str] = field(default_factory=dict)
    prints: Mapping[str, str] = field(default_factory=dict)
    left: tuple[Left, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.problems and all(change.action is Action.NOTHING for change in self.changes)

    @property
    def destroys(self) -> tuple[Change, ...]:
        """The changes that somebody has to agree to."""
        return tuple(change for change in self.changes if change.destroys)

    def of(self, kind: str) -> Change | None:
        """What is done to the pool, the job or the schedule; the first of tasks and files."""
        return next((change for change in self.changes if change.kind == kind), None)
