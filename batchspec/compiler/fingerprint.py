"""What was asked for, as one hash: the same whatever the day, the account or the order of keys.

Values from the caller's environment are part of it, so that another value is another job. It is cheap to make: where
such values may be in it, only a slow hash of it is told, since not all of them can be read beside it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from batchspec.reading import Mapping, Scalar, Sequence


def fingerprint(*parts: Any) -> str:
    """The hash of nodes and plain values."""
    text = json.dumps([_canonical(part) for part in parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {key: _canonical(value) for key, value in part.items()}
    if isinstance(part, Sequence):
        return [_canonical(item) for item in part.items]
    if isinstance(part, Scalar):
        return part.value
    if isinstance(part, (tuple, list)):
        return [_canonical(item) for item in part]
    return part
