"""Links with signatures, without them: a signature is a secret, and is made anew by whoever applies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

LINKS = ("httpUrl", "storageContainerUrl", "containerUrl")  # the service's fields for them
_SIGNED = re.compile(r"[?&]sig=|\?<sas:", re.IGNORECASE)  # or what stands for one in the stored tasks of a schedule


@dataclass
class Links:
    """Takes the signatures off. cut: the links that had one, as they are without."""

    cut: set[str] = field(default_factory=set)

    def bare(self, value: Any) -> Any:
        """A body without the signatures in its links."""
        if isinstance(value, dict):
            return {key: self._link(one) if key in LINKS else self.bare(one) for key, one in value.items()}
        return [self.bare(one) for one in value] if isinstance(value, list) else value

    def _link(self, url: Any) -> Any:
        if not isinstance(url, str) or not _SIGNED.search(url):
            return url
        made = url.partition("?")[0]
        self.cut.add(made)
        return made

    def count(self, value: Any) -> int:
        """How many of them are in a value."""
        if isinstance(value, (dict, list)):
            return sum(map(self.count, value.values() if isinstance(value, dict) else value))
        return isinstance(value, str) and value in self.cut
