"""The JSON of the SDK's parameter objects, an order of magnitude faster than the SDK makes it.

`serialize()` looks up, checks and converts every member anew: 0.14 ms for a small task, which for ten thousand
tasks is more than all the rest of adding them. Here the plan of each class is made once. A test holds the
two to the same JSON.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from msrest.serialization import Model, Serializer

from batchspec.ports import Body


def wire(body: Body) -> dict[str, Any]:
    """The JSON of a request body."""
    return _members(body) if isinstance(body, Model) else body.serialize()


def _members(model: Any) -> dict[str, Any]:
    made = {}
    for name, key, as_text in _plan(type(model)):
        value = getattr(model, name)
        if value is not None:
            made[key] = str(value) if as_text and not isinstance(value, Enum) else _value(value)
    return made


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, int, float)):
        return value  # None: a null within a free JSON object
    if isinstance(value, Model):
        return _members(value)
    if isinstance(value, (list, tuple)):
        return [_value(item) for item in value]
    if isinstance(value, timedelta):
        return Serializer.serialize_duration(value)
    if isinstance(value, datetime):
        return Serializer.serialize_iso(value)
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    message = f"a request body holds a {type(value).__name__}"
    raise TypeError(message)


_PLANS: dict[type, tuple[tuple[str, str, bool], ...]] = {}


def _plan(kind: type) -> tuple[tuple[str, str, bool], ...]:
    """A model's members as (attribute, JSON name, is text), without what only the service may write."""
    if kind not in _PLANS:
        rules: dict[str, Any] = getattr(kind, "_validation", {})
        members: dict[str, Any] = getattr(kind, "_attribute_map", {})
        _PLANS[kind] = tuple(
            (name, entry["key"], entry["type"] == "str")
            for name, entry in members.items()
            if not rules.get(name, {}).get("readonly")
        )
    return _PLANS[kind]
