"""Values from the caller's environment never reach the output, not even when a task prints them."""

from __future__ import annotations

import json
import re

MASK = "***"
SHORTEST = 4  # characters: shorter ones stand in any text, and hiding them would tell more than it hides


class Redactor:
    """Replaces secrets in a text, as they are and as JSON writes them."""

    def __init__(self, secrets: frozenset[str]) -> None:
        known = {secret for secret in secrets if len(secret.strip()) >= SHORTEST}
        forms = known | {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in known}
        # The longest first, since one may be the start of another.
        ordered = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub(MASK, text) if self._pattern else text
