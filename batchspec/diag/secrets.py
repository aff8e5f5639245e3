"""Values from the caller's environment never reach the output, not even when a task prints them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from typing import Any

MASK = "***"
SHORTEST = 4  # characters: shorter ones stand in any text, and hiding them would tell more than it hides


class Redactor:
    """Replaces secrets in a text, as they are and as a command line quotes them.

    Of a secret of several lines also each line is replaced, since output comes line by line.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        parts = {part.strip() for secret in secrets for part in (secret, *secret.splitlines(), shlex.quote(secret))}
        # The longest first, since one may be the start of another.
        known = sorted((part for part in parts if len(part) >= SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def document(self, value: Any) -> Any:
        """A JSON document without them in its texts; keys, numbers, true and false are no texts."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {key: self.document(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.document(item) for item in value]
        return value
