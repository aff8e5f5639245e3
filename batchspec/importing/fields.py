"""A JSON object by the SDK's names: each field is taken once, and what nobody took is noticed."""

from __future__ import annotations

from typing import Any, NamedTuple

from batchspec.compiler.attributes import attributes
from batchspec.compiler.extended import sdk_model
from batchspec.importing.told import Place, Told

# What the service answers with where one asks for it: its fields that a request has not are read-only.
_ANSWERS = {
    "PoolAddParameter": "CloudPool",
    "JobAddParameter": "CloudJob",
    "JobScheduleAddParameter": "CloudJobSchedule",
    "TaskAddParameter": "CloudTask",
}
_NAMES = ("name", "userName", "username", "accountName", "registryServer")  # what tells one of a list from another


class Given(NamedTuple):
    """A value as it was given, with the SDK's type of it."""

    value: Any
    kind: str
    place: Place


class Fields:
    """The fields of one JSON object. label: words that name it, for the variables of its secrets."""

    def __init__(self, model: str, value: Any, place: Place, told: Told, label: tuple[str, ...] = ()) -> None:
        self.place, self.told = place, told
        self._given: dict[str, Given] = {}
        self._inner: dict[str, Fields] = {}
        if not isinstance(value, dict):
            told.problem(place, f"this is {kind_of(value)}, and an object was expected")
            value = {}
        own = next((value[name] for name in _NAMES if isinstance(value.get(name), str)), None)
        self.label = (*label, own) if own else label
        rules: dict[str, Any] = getattr(sdk_model(model), "_validation", {})
        members = {told["key"]: (name, told["type"]) for name, told in attributes(sdk_model(model)).items()}
        for key, one in value.items():
            name, kind = members.get(key, ("", ""))
            if rules.get(name, {}).get("readonly") or (not name and _is_read_only(key, model)):
                told.read_only[key] = None
            elif not name:
                told.unknown(place, key, list(members))
            elif one is not None:  # null says as much as nothing
                self._given[name] = Given(one, kind, place / key)

    def peek(self, name: str) -> Any:
        """A field's value, which stays; None when it is not there."""
        return self._given[name].value if name in self._given else None

    def take(self, path: str) -> Given | None:
        """A field by its path of attributes; None when it is not there."""
        first, _, rest = path.partition(".")
        if not rest:
            return self._given.pop(first, None)
        inner = self.inside(first)
        return inner.take(rest) if inner is not None else None

    def inside(self, name: str) -> Fields | None:
        """The fields of an inner object, some of which may have been taken."""
        given = self._given.pop(name, None)
        if given is not None:
            self._inner[name] = Fields(given.kind, given.value, given.place, self.told, self.label)
        return self._inner.get(name)

    def put(self, name: str, value: Any) -> None:
        """Another value for a field that is there."""
        self._given[name] = self._given[name]._replace(value=value)

    def left(self) -> list[Place]:
        """What nobody took."""
        places = [given.place for given in self._given.values()]
        return [*places, *(place for inner in self._inner.values() for place in inner.left())]

    @property
    def opened(self) -> set[str]:
        """The inner objects of which something was taken."""
        return set(self._inner)

    @property
    def is_empty(self) -> bool:
        """Whether all is taken."""
        return not self.left()


def kind_of(value: Any) -> str:
    """A JSON value's type in words."""
    if isinstance(value, bool):
        return "true or false"
    words = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
    return words.get(type(value), "null")


def _is_read_only(key: str, model: str) -> bool:
    answer = _ANSWERS.get(model)
    if answer is None:
        return False
    return key.startswith("odata.") or any(told["key"] == key for told in attributes(sdk_model(answer)).values())
