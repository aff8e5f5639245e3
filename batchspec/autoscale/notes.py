"""The problems that the typing pass notes, each unknown name once."""

from __future__ import annotations

from collections.abc import Iterable

from batchspec.autoscale.problems import Kind, Problem
from batchspec.autoscale.syntax import Name, Node, Token
from batchspec.autoscale.wording import differs_only_in_writing, nearest

_ENOUGH = 40  # problems, after which no more names are looked up
_WHERE = {
    "variable": "assign it before it is read",
    "function": "use a function of the documentation",
    "member": "see the methods of a metric and the members of a time stamp",
}


class Notes:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._once: set[tuple[Kind, str]] = set()

    def unknown(self, place: Name | Token, name: str, what: str, known: Iterable[str]) -> None:
        """Not certain where only case or a `$` is wrong: the page does not say whether those count."""
        if ("unknown-name", name) in self._once or len(self.problems) >= _ENOUGH:
            return
        found = nearest(name, known)
        hint = f'did you mean "{found}"?' if found else _WHERE[what]
        certain = not (found and differs_only_in_writing(name, found))
        self.tell_once("unknown-name", f'unknown {what} "{name[:64]}"', place, hint, name, certain)

    def tell_once(
        self, kind: Kind, message: str, place: Node | Token, hint: str | None, name: str, certain: bool
    ) -> None:
        if (kind, name) not in self._once:
            self._once.add((kind, name))
            self.tell(kind, message, place, hint, certain)

    def type(self, message: str, start: int | Node | Token, end: int, hint: str | None = None) -> None:
        first = start if isinstance(start, int) else start.start
        self.problems.append(Problem("type", message, first, end, hint))

    def doubtful(self, message: str, start: int | Node | Token, end: int, hint: str | None = None) -> None:
        first = start if isinstance(start, int) else start.start
        self.problems.append(Problem("type", message, first, end, hint, certain=False))

    def tell(
        self, kind: Kind, message: str, place: Node | Token, hint: str | None = None, certain: bool = True
    ) -> None:
        self.problems.append(Problem(kind, message, place.start, place.end, hint, certain))
