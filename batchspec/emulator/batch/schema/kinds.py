"""The kinds of values that a body is made of, and their compilation into closures.

A kind is compiled for one API version into a `Check`: a function that takes a value and gives it back,
normalised, or raises `Unfit`. Objects are normalised in place, and only where something differs, so that a
hundred tasks of a request cost little more than a walk over their members. The path of a refusal is put
together while the exception passes outwards, hence costs nothing when all is well.

    Object({"id!": ID, "count": Int(0, 10)})     "!" marks a member that must be there
    Object({...}, rules=[exactly_one("a", "b")]) rules look at the whole object, after its members
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from batchspec.emulator.batch.schema.durations import duration_seconds, duration_text
from batchspec.emulator.wire.times import parse_time

Check = Callable[[Any], Any]
Rule = Callable[[dict[str, Any]], None]


class Unfit(Exception):
    """A value that is not accepted: the service's code, the reason, and the path, innermost name last."""

    def __init__(self, code: str, value: object, reason: str, *path: str) -> None:
        super().__init__(code, reason)
        self.code, self.value, self.reason = code, value, reason
        self.path = list(path)

    @property
    def name(self) -> str:
        """The dotted path, with list positions as `[n]`."""
        return ".".join(self.path).replace(".[", "[")


class Kind(Protocol):
    """A row of a table: how values of one sort are checked."""

    def compile(self, version: str, /) -> Check:
        """The check under an API version."""


def _wrong_type(value: object, expected: str) -> Unfit:
    return Unfit("InvalidRequestBody", value, f"expected {expected}")


def _invalid(value: object, reason: str) -> Unfit:
    return Unfit("InvalidPropertyValue", value, reason)


@dataclass(frozen=True)
class Text:
    """A string, of bounded length where the service bounds it."""

    longest: int | None = None
    pattern: str | None = None
    says: str = ""

    def compile(self, _: str, /) -> Check:
        longest, says = self.longest, self.says
        fits = re.compile(self.pattern).fullmatch if self.pattern else None

        def check(value: Any) -> Any:
            if type(value) is not str:
                raise _wrong_type(value, "a string")
            if longest is not None and len(value) > longest:
                raise _invalid(value, f"longer than {longest} characters")
            if fits is not None and not fits(value):
                raise _invalid(value, says)
            return value

        return check


@dataclass(frozen=True)
class Int:
    """A whole number between two bounds."""

    low: int = -(2**31)
    high: int = 2**31 - 1

    def compile(self, _: str, /) -> Check:
        low, high = self.low, self.high

        def check(value: Any) -> Any:
            if type(value) is not int:
                raise _wrong_type(value, "a whole number")
            if not low <= value <= high:
                raise _invalid(value, f"expected {low} to {high}")
            return value

        return check


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def compile(self, _: str, /) -> Check:
        def check(value: Any) -> Any:
            if type(value) is not bool:
                raise _wrong_type(value, "true or false")
            return value

        return check


class Enum:
    """One of a few words, read in any letter case and kept in the document's."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def compile(self, _: str, /) -> Check:
        known = {word.lower(): word for word in self.words}
        expected = f"expected one of {', '.join(self.words)}"

        def check(value: Any) -> Any:
            if type(value) is not str:
                raise _wrong_type(value, "a string")
            word = known.get(value.lower())
            if word is None:
                raise _invalid(value, expected)
            return word

        return check


@dataclass(frozen=True)
class Duration:
    """An ISO-8601 duration between two bounds in seconds; kept in the service's own spelling."""

    low: float = 0
    high: float = float("inf")

    def compile(self, _: str, /) -> Check:
        low, high = self.low, self.high

        def check(value: Any) -> Any:
            if type(value) is not str:
                raise _wrong_type(value, "an ISO 8601 duration")
            try:
                seconds = duration_seconds(value)
            except ValueError as error:
                raise _invalid(value, str(error)) from None
            if not low <= seconds <= high:
                raise _invalid(value, f"expected a duration from {low:g} to {high:g} seconds")
            return duration_text(value)

        return check


@dataclass(frozen=True)
class Moment:
    """An ISO-8601 date and time."""

    def compile(self, _: str, /) -> Check:
        def check(value: Any) -> Any:
            if type(value) is not str:
                raise _wrong_type(value, "a date and time")
            try:
                return parse_time(value)
            except ValueError as error:
                raise _invalid(value, str(error)) from None

        return check


@dataclass(frozen=True)
class List:
    """A list, of bounded length where the service bounds it."""

    item: Kind
    longest: int | None = None

    def compile(self, version: str, /) -> Check:
        check_item, longest = self.item.compile(version), self.longest

        def check(value: Any) -> Any:
            if type(value) is not list:
                raise _wrong_type(value, "a list")
            if longest is not None and len(value) > longest:
                raise _invalid(value, f"more than {longest} items")
            for index, item in enumerate(value):
                try:
                    checked = check_item(item)
                except Unfit as refused:
                    refused.path.insert(0, f"[{index}]")
                    raise
                if checked is not item:
                    value[index] = checked
            return value

        return check


@dataclass(frozen=True)
class Anything:
    """An object whose members the service hands on unread."""

    def compile(self, _: str, /) -> Check:
        def check(value: Any) -> Any:
            if type(value) is not dict:
                raise _wrong_type(value, "an object")
            return value

        return check


@dataclass(frozen=True)
class Unhonoured:
    """Valid on the service, without effect here, therefore refused by name rather than ignored."""

    reason: str

    def compile(self, _: str, /) -> Check:
        reason = self.reason

        def check(value: Any) -> Any:
            raise Unfit("UnsupportedProperty", value, reason)

        return check


@dataclass(frozen=True)
class Only:
    """One value is honoured (it asks for nothing), all others of the kind are refused."""

    harmless: Any
    kind: Kind
    reason: str

    def compile(self, version: str, /) -> Check:
        check_kind, harmless, reason = self.kind.compile(version), self.harmless, self.reason

        def check(value: Any) -> Any:
            checked = check_kind(value)
            if checked != harmless:
                raise Unfit("UnsupportedProperty", value, reason)
            return checked

        return check


@dataclass(frozen=True)
class In:
    """A member that some API versions alone have."""

    versions: tuple[str, ...]
    kind: Kind

    def compile(self, version: str, /) -> Check:
        if version in self.versions:
            return self.kind.compile(version)
        return Unhonoured(f"API version {version} has no such property").compile(version)


@dataclass(frozen=True)
class Object:
    """An object with known members; a null member counts as absent."""

    members: Mapping[str, Kind]
    rules: Sequence[Rule] = ()

    def compile(self, version: str, /) -> Check:
        checks = {name.rstrip("!"): kind.compile(version) for name, kind in self.members.items()}
        required = tuple(name[:-1] for name in self.members if name.endswith("!"))
        rules = tuple(self.rules)
        find = checks.get

        def check(value: Any) -> Any:
            if type(value) is not dict:
                raise _wrong_type(value, "an object")
            name = ""
            if None in value.values():
                for absent in [name for name, member in value.items() if member is None]:
                    del value[absent]
            try:
                for name, member in value.items():
                    check_member = find(name)
                    if check_member is None:
                        raise Unfit("InvalidRequestBody", member, "there is no such property")
                    checked = check_member(member)
                    if checked is not member:
                        value[name] = checked  # same key: the walk is not disturbed
            except Unfit as refused:
                refused.path.insert(0, name)
                raise
            for name in required:
                if name not in value:
                    raise Unfit("MissingRequiredProperty", None, "must be given", name)
            for rule in rules:
                rule(value)
            return value

        return check
