"""What the checker finds: one value, with offsets into the formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["syntax", "type", "unknown-name", "not-assigned", "read-only", "retired"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong between two offsets (in characters, 0-based, end exclusive) of a formula.

    `certain` is False where the service is not known to refuse the formula: the documentation does not allow what is
    written, but does not rule it out either, or the formula is taken and does nothing useful.
    """

    kind: Kind
    message: str
    start: int
    end: int
    hint: str | None = None
    certain: bool = True
