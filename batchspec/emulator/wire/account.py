"""The one Batch account that an emulator serves."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Account:
    """Name, shared key (standard base64) and base URL (no trailing slash) of the served account."""

    name: str
    key_base64: str = field(repr=False)
    base_url: str

    @property
    def key(self) -> bytes:
        """The key's bytes, as HMAC wants them."""
        return base64.b64decode(self.key_base64, validate=True)
