"""Whether a value of a request body is what the service tells of it, in whatever way each is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

from batchspec.compiler import ends
from batchspec.spec import durations

_PLAIN = frozenset({"str", "int", "bool", "long", "float", "object"})
# Names to which the service gives letters of its own: https://learn.microsoft.com/rest/api/batchservice
_ANY_CASE = frozenset({"id", "vm_size", "publisher", "offer", "sku", "node_agent_sku_id"})
_FRACTION = re.compile(r"(\.\d{1,6})\d*")


def same(attribute: str, kind: str, wanted: Any, found: Any) -> bool:
    """Whether they are equal. attribute and kind: the SDK's name of the field and its type's."""
    if wanted == found:
        return True
    if found is None:
        return wanted in (False, 0, "", [], {})
    if isinstance(wanted, Enum):
        wanted = wanted.value
    if kind == "duration":
        return bool(_duration(wanted) == _duration(found))
    if kind == "iso-8601":
        return bool(_moment(wanted) == _moment(found))
    if attribute == "auto_scale_formula":
        return ends.same_formula(str(wanted), str(found))
    if isinstance(wanted, str) and isinstance(found, str):
        if kind not in _PLAIN or attribute in _ANY_CASE or attribute.endswith("_id"):  # not in _PLAIN: an enumeration
            return wanted.lower() == found.lower()
        return unsigned(wanted) == unsigned(found)
    return bool(wanted == found)


def unsigned(text: str) -> str:
    """A URL without its query, which holds the signature; any other text as it is."""
    return text.partition("?")[0] if text.startswith(("http://", "https://")) else text


def plain(value: Any) -> Any:
    """A value of a request body as JSON."""
    if hasattr(value, "serialize"):
        return value.serialize()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return durations.exact(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return value


def _duration(value: Any) -> Any:
    length = durations.parse(value) if isinstance(value, str) else None
    return value if length is None else length


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(_FRACTION.sub(r"\1", value).replace("Z", "+00:00"))
        except ValueError:
            return value
    aware = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc)
