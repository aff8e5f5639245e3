"""How the engine says no."""

from __future__ import annotations

from dataclasses import dataclass


class Refused(Exception):
    """A request that the present state does not allow; `code` is one of the service's documented codes."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
        """Further details for the error body's `values`: name -> text."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One task of a collection that was not added; the others were."""

    task_id: str
    code: str
    values: tuple[tuple[str, str], ...] = ()
