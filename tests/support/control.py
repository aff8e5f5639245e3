"""A client of the emulator's control plane: faults on request, as `batchspec/emulator/control` describes them."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

TIMEOUT = 30  # seconds

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Control:
    """The control plane of the emulator at `url`. What it refuses is an `urllib.error.HTTPError`."""

    url: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request; the JSON of its answer."""
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", method=method)  # noqa: S310 - a URL of our own
        if method == "POST":
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return json.load(answer)

    def faults(self, *rules: dict[str, Any]) -> None:
        """Replace the rules, and count from 1 again."""
        self.call("POST", "faults", list(rules))

    def clear(self) -> None:
        """No more faults; counts from 1 again."""
        self.call("DELETE", "faults")

    def requests(self) -> list[dict[str, Any]]:
        """What was asked since the rules were set."""
        requests: list[dict[str, Any]] = self.call("GET", "faults")["requests"]
        return requests

    def fired(self) -> list[int]:
        """How often each rule took effect."""
        return [rule["fired"] for rule in self.call("GET", "faults")["rules"]]

    def advance(self, seconds: float) -> None:
        """Let the engine's clock jump."""
        self.call("POST", "clock", {"advance": seconds})

    def fail_node(self, pool: str, node: str, how: str, **more: Any) -> None:
        """Let a node fail; `for` may be among the rest."""
        self.call("POST", f"nodes/{pool}/{node}", {"fail": how, **more})

    def recover_node(self, pool: str, node: str) -> None:
        """Bring a node back."""
        self.call("POST", f"nodes/{pool}/{node}", {"recover": True})

    def trouble(self, pool: str, **trouble: Any) -> None:
        """`resize_error` and `allocation_delay`, or neither, for the pool's next resizes."""
        self.call("POST", f"pools/{pool}", trouble)
