"""What was asked for, as one hash: the same whatever the day, the account, the order of keys or a secret's value."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from batchspec.load import Mapping, Scalar, Sequence


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
        return "<secret>" if part.secret else part.value
    if isinstance(part, (tuple, list)):
        return [_canonical(item) for item in part]
    return part
