"""What an import has to say: what is wrong, and what the reader of the spec should know."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from batchspec.errors import BatchspecError, ExitCode

_MOST_PROBLEMS = 20
_MOST_COMPARED = 200  # characters of a name that is looked up among the known ones
_FORMER = {  # names of earlier API versions: https://learn.microsoft.com/rest/api/batchservice/batch-service-rest-api-versioning
    "blobsource": "httpUrl",
    "maxtaskspernode": "taskSlotsPerNode",
    "targetdedicated": "targetDedicatedNodes",
    "runelevated": "userIdentity",
}


class CannotImport(BatchspecError):
    """The files cannot become one spec."""

    exit_code = ExitCode.SPEC_HAS_ERRORS


@dataclass(frozen=True)
class Place:
    """A value of a file, by its JSON pointer."""

    file: str
    pointer: str = ""

    def __truediv__(self, step: str | int) -> Place:
        return Place(self.file, f"{self.pointer}/{str(step).replace('~', '~0').replace('/', '~1')}")

    def __str__(self) -> str:
        return f"{self.file}: {self.pointer}" if self.pointer else self.file


@dataclass
class Told:
    """Problems and notes, in the order in which they were met."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read_only: dict[str, None] = field(default_factory=dict)
    versions: dict[str, Place] = field(default_factory=dict)  # of each API version the first field that is its own

    def problem(self, place: Place, message: str) -> None:
        """Something that no spec can say."""
        self.problems.append(f"{place}: {message}")

    def unknown(self, place: Place, key: str, known: list[str]) -> None:
        """A key that the service does not have."""
        self.problem(place / key, f'there is no "{key}" here{suggestion(key, known)}')

    def stop(self) -> None:
        """Raise CannotImport when there are problems."""
        if not self.problems:
            return
        shown = self.problems[:_MOST_PROBLEMS]
        more = len(self.problems) - len(shown)
        raise CannotImport("\n  ".join([*shown, *([f"(and {more} more)"] if more else [])]))

    def all_notes(self) -> list[str]:
        """The notes, with one for all that only the service writes."""
        left = [f"left out what only the service writes: {', '.join(self.read_only)}"] if self.read_only else []
        return [*left, *self.notes]


def suggestion(word: str, known: list[str]) -> str:
    """What may have been meant, as the end of a sentence."""
    by_case = {one.lower(): one for one in known}
    former = _FORMER.get(word.lower(), "")
    if former in known:
        return f'; it is called "{former}" now' if former != "userIdentity" else f'; say it in "{former}" now'
    near = get_close_matches(word.lower()[:_MOST_COMPARED], by_case, 1)
    return f'; did you mean "{by_case[near[0]]}"?' if near else ""
