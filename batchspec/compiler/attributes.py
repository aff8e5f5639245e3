"""What the SDK's models are made of. It serialises by a map that it keeps to itself, and has no other way to tell."""

from __future__ import annotations

from typing import Any

from msrest.serialization import Model

Attributes = dict[str, dict[str, str]]  # attribute -> its "key" in JSON, and its "type"


def attributes(model: Model | type[Model]) -> Attributes:
    """The attributes of a model, or of one made of it."""
    found: Attributes = model._attribute_map  # noqa: SLF001  # see above
    return found


def is_model(value: Any) -> bool:
    """Whether a value is made of one of the SDK's models."""
    return isinstance(value, Model)
