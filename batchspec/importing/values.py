"""Single values, and mappings with free names, in the language's shapes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from batchspec.importing.fields import Fields, Given, kind_of
from batchspec.importing.texts import Secrets, sounds_secret
from batchspec.importing.told import Told, suggestion
from batchspec.ports import MARKS
from batchspec.reading import Scalar
from batchspec.source import SourceFile
from batchspec.spec import durations
from batchspec.spec.shape import Duration, Flag, Misfit, Moment, Shape, Text, Whole

_DEEPEST = 40  # levels of a free JSON object; a spec has 64 in all
_LARGEST = 10**300  # what has many more digits YAML's readers take for a text
_NO_FILE = SourceFile("", b"")
_FINER = re.compile(r"\.[0-9]{6}[1-9]S")  # than a microsecond
# 2^63 - 1 steps of 100 ns, less the last of them; clients round it up to P10675199DT2H48M5.477581S.
_NO_LIMIT = timedelta(days=10675199, hours=2, minutes=48, seconds=5, microseconds=477580)


def wrong(given: Given, expected: str, told: Told) -> None:
    """Tell that a value is of another type."""
    told.problem(given.place, f"this is {kind_of(given.value)}, and {expected} was expected")


def items(given: Given, told: Told) -> list[Given]:
    """The items of a list."""
    if not isinstance(given.value, list):
        wrong(given, "a list", told)
        return []
    kind = given.kind.removeprefix("[").removesuffix("]")
    return [Given(one, kind, given.place / at) for at, one in enumerate(given.value)]


def text(shape: Text, given: Given, label: tuple[str, ...], told: Told, secrets: Secrets) -> str:
    """A text, or one of the choices in any letter case."""
    value = given.value
    if not isinstance(value, str):
        wrong(given, "a text", told)
        return ""
    if shape.choices:
        known = {choice.lower(): choice for choice in shape.choices}
        if value.lower() not in known:
            hint = suggestion(value, list(shape.choices))
            told.problem(given.place, f'"{value}" is none of {", ".join(shape.choices)}{hint}')
        return known.get(value.lower(), value)
    return secrets.text(_writable(value, given, told), label)


def _writable(value: str, given: Given, told: Told) -> str:
    if "\x00" in value:
        told.problem(given.place, "a spec cannot hold the character NUL")
    elif not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        told.problem(given.place, "half of a surrogate pair is no character")
        return ""
    return value


def single(shape: Shape, given: Given, told: Told) -> Any:
    """A number, a flag, a duration or a moment."""
    return _SINGLE[type(shape)](given, told)


def _whole(given: Given, told: Told) -> int:
    value = given.value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        wrong(given, "a whole number", told)
        return 0
    return int(value)


def _flag(given: Given, told: Told) -> bool:
    if not isinstance(given.value, bool):
        wrong(given, "true or false", told)
    return given.value is True


def _duration(given: Given, told: Told) -> str:
    length = durations.parse(given.value) if isinstance(given.value, str) else None
    if length is None:
        told.problem(given.place, "this is no duration such as PT1H30M or P7D")
        return ""
    short = durations.show(length)
    if durations.parse(short) == length:
        return short
    exact = durations.exact(length)
    if _FINER.search(given.value):
        told.notes.append(f"{given.place}: a spec has microseconds and no less; {given.value} is {exact} there")
    return exact


def is_no_limit(given: Given) -> bool:
    """Whether a length of time is the service's longest, which it answers with where no limit was set."""
    length = durations.parse(given.value) if isinstance(given.value, str) else None
    return length is not None and length >= _NO_LIMIT


def _moment(given: Given, told: Told) -> str:
    if not _is_moment(given.value):
        hint = "; it has no time zone: end it with Z for UTC" if _is_moment(f"{given.value}Z") else ""
        told.problem(given.place, f"this is no moment such as 2026-01-31T06:00:00Z{hint}")
    return str(given.value)


def _is_moment(value: Any) -> bool:
    try:
        Moment().bind(Scalar(_NO_FILE, 0, 0, value), "", {})
    except Misfit:
        return False
    return True


_SINGLE: dict[type, Callable[[Given, Told], Any]] = {
    Whole: _whole,
    Flag: _flag,
    Duration: _duration,
    Moment: _moment,
}


def mapping(given: Given, label: tuple[str, ...], told: Told, secrets: Secrets) -> dict[str, Any]:
    """A mapping whose keys are the user's own; in JSON some of them are lists of names and values."""
    if given.kind == "[EnvironmentSetting]":
        return _environment(given, label, told, secrets)
    if given.kind == "[MetadataItem]":
        return _metadata(given, label, told, secrets)
    if not isinstance(given.value, dict):
        wrong(given, "an object", told)
        return {}
    if given.kind == "object":
        made = _free(given, lambda one, _: text(Text(), one, label, told, secrets), told)
        return dict(made)
    return {
        _writable(key, given, told): text(Text(), Given(one, "str", given.place / key), label, told, secrets)
        for key, one in given.value.items()
    }


def _environment(given: Given, label: tuple[str, ...], told: Told, secrets: Secrets) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in _named(given, told).items():
        if value is None:
            made[name] = {}
        elif sounds_secret(name):
            made[name] = secret(value, (name,), told, secrets)
        else:
            made[name] = _word(text(Text(), value, (*label, name), told, secrets))
    return made


def _metadata(given: Given, label: tuple[str, ...], told: Told, secrets: Secrets) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in _named(given, told).items():
        if name in MARKS:  # batchspec writes its own
            told.read_only[name] = None
        elif value is None:
            told.problem(given.place, f'the metadata "{name}" have no value')
        else:
            made[name] = text(Text(), value, label, told, secrets)
    return made


def _named(given: Given, told: Told) -> dict[str, Given | None]:
    """A list of names and values as a mapping; None where a name has no value."""
    made: dict[str, Given | None] = {}
    for item in items(given, told):
        pair = Fields(item.kind, item.value, item.place, told)
        named, value = pair.take("name"), pair.take("value")
        name = named.value if named is not None else None
        if not isinstance(name, str):
            told.problem(item.place, "this has no name")
        elif name in made:
            told.problem(item.place, f'the name "{name}" stands here twice, and a spec holds each name once')
        else:
            made[_writable(name, item, told)] = value
    return made


def _word(value: str) -> Any:
    """A variable's value as a person writes it: whole numbers, true and false without quotes."""
    if value in ("true", "false"):
        return value == "true"
    if len(value) < 16 and value.isascii() and value.removeprefix("-").isdigit() and str(int(value)) == value:
        return int(value)
    return value


def secret(given: Given, label: tuple[str, ...], told: Told, secrets: Secrets) -> Any:
    """A secret text; of a JSON object every text is one. label: words for the variables that stand for them."""
    if given.kind == "object" and isinstance(given.value, dict):
        return _free(given, lambda one, keys: _reference(one, (*label, *keys), told, secrets), told)
    return _reference(given, label, told, secrets)


def _reference(given: Given, label: tuple[str, ...], told: Told, secrets: Secrets) -> str:
    if not isinstance(given.value, str):
        wrong(given, "a text", told)
        return ""
    return secrets.reference(_writable(given.value, given, told), label)


def _free(
    given: Given, leaf: Callable[[Given, tuple[str, ...]], Any], told: Told, keys: tuple[str, ...] = (), depth: int = 0
) -> Any:
    """A JSON value that may be anything, each text by `leaf`, which gets its keys, too."""
    value, place = given.value, given.place
    if depth > _DEEPEST:
        told.problem(place, f"more than {_DEEPEST} levels of nesting")
    elif isinstance(value, dict):
        return {
            _writable(key, given, told): _free(Given(one, "", place / key), leaf, told, (*keys, key), depth + 1)
            for key, one in value.items()
        }
    elif isinstance(value, list):
        return [_free(Given(one, "", place / at), leaf, told, keys, depth + 1) for at, one in enumerate(value)]
    elif isinstance(value, str):
        return leaf(given, keys)
    elif isinstance(value, int) and abs(value) > _LARGEST:
        told.problem(place, "this number has too many digits for a spec")
    return value
