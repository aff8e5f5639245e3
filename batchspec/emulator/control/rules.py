"""Rules for faults: read from JSON, and counted. No input or output here, and no time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Service = Literal["batch", "blob"]

_WAITING = ("delay", "slow")
ACTS = ("reset", "timeout", "lost", *_WAITING)
MEMBERS = {
    "service", "method", "path", "nth", "every", "from", "to", "times", "kind", "retry_after", "code", "message",
    "seconds",
}  # fmt: skip


class BadRule(ValueError):
    """Why a rule is not taken, in one sentence."""


@dataclass(eq=False)
class Rule:
    """One rule with its counts. `kind` is an act, or a status for which `status` is its number."""

    given: Mapping[str, Any]
    kind: str
    status: int | None = None
    service: str = "any"
    method: str | None = None
    path: re.Pattern[str] = field(default_factory=lambda: re.compile(""))
    first: int = 1
    last: int | None = None
    step: int = 1
    times: int | None = None
    seconds: float = 0.0
    retry_after: int | None = None
    code: str | None = None
    message: str | None = None
    seen: int = 0
    fired: int = 0

    def fits(self, service: Service, method: str, path: str) -> bool:
        return (
            self.service in ("any", service)
            and self.method in (None, method)
            and self.path.search(path) is not None
        )  # fmt: skip

    @property
    def due(self) -> bool:
        """Whether the request that was seen last is one that it names."""
        if self.times is not None and self.fired >= self.times:
            return False
        inside = self.seen >= self.first and (self.last is None or self.seen <= self.last)
        return inside and (self.seen - self.first) % self.step == 0

    def document(self) -> dict[str, Any]:
        return {**self.given, "seen": self.seen, "fired": self.fired}


def meet(rules: list[Rule], service: Service, method: str, path: str) -> Rule | None:
    """Count a request, and give the rule that takes effect on it."""
    found: Rule | None = None
    for rule in rules:
        if not rule.fits(service, method, path):
            continue
        rule.seen += 1
        if found is None and rule.due:
            rule.fired += 1
            found = rule
    return found


def read_rules(body: Any) -> list[Rule]:
    """The rules of a request. Raises BadRule."""
    if not isinstance(body, list):
        raise BadRule("the rules must be a list")
    return [_nth_rule(place, given) for place, given in enumerate(body)]


def number(given: Mapping[str, Any], name: str, low: float = 0) -> float | None:
    """A member that is a finite number, from `low` up. Raises BadRule."""
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value < float("inf"):
        raise BadRule(f'"{name}" must be a number from {low:g} up')
    return value


def _nth_rule(place: int, given: Any) -> Rule:
    try:
        return _read(given)
    except BadRule as error:
        raise BadRule(f"rule {place}: {error}") from None


def _read(given: Any) -> Rule:
    if not isinstance(given, dict):
        raise BadRule("it must be an object")
    if unknown := given.keys() - MEMBERS:
        raise BadRule(f'there is no member "{min(unknown)}"')
    kind = str(given.get("kind"))
    status = int(kind) if re.fullmatch("[45][0-9][0-9]", kind) else None
    if status is None and kind not in ACTS:
        raise BadRule(f'"kind" must be a status from 400 to 599 or one of {", ".join(ACTS)}')
    if kind in _WAITING and given.get("seconds") is None:
        raise BadRule(f'"seconds" must be given for "{kind}"')
    first, last, step = _which(given)
    return Rule(
        given, kind, status, _service(given), _word(given, "method"), _path(given), first, last, step,
        times=_whole(given, "times"), seconds=number(given, "seconds") or 0.0,
        retry_after=_whole(given, "retry_after", 0), code=_word(given, "code"), message=_word(given, "message"),
    )  # fmt: skip


def _which(given: Mapping[str, Any]) -> tuple[int, int | None, int]:
    """The first and the last request, and each how-manieth between them."""
    nth, every = _whole(given, "nth"), _whole(given, "every")
    first, last = _whole(given, "from"), _whole(given, "to")
    ways = [name for name in ("nth", "every", "from") if given.get(name) is not None]
    if len(ways) > 1 or (last is not None and ways != ["from"]):
        raise BadRule('give one of "nth", "every" and "from", and "to" beside "from" alone')
    if nth is not None:
        return nth, nth, 1
    if every is not None:
        return every, None, every
    return first or 1, last, 1


def _whole(given: Mapping[str, Any], name: str, low: int = 1) -> int | None:
    value = number(given, name, low)
    if value is not None and not isinstance(value, int):
        raise BadRule(f'"{name}" must be a whole number')
    return value


def _word(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and (not isinstance(value, str) or not value.isprintable()):
        raise BadRule(f'"{name}" must be a printable text')
    return value


def _service(given: Mapping[str, Any]) -> str:
    service = given.get("service") or "any"
    if service not in ("any", "batch", "blob"):
        raise BadRule('"service" must be "batch", "blob" or "any"')
    return str(service)


def _path(given: Mapping[str, Any]) -> re.Pattern[str]:
    try:
        return re.compile(given.get("path") or "")
    except (re.error, TypeError) as error:
        raise BadRule(f'"path" is no regular expression: {error}') from None
