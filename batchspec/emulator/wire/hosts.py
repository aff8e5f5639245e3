"""Only loopback names are served: a web page that rebinds its own name to 127.0.0.1 gets nothing."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from batchspec.emulator.wire.errors import header_error


def check_host(host: str) -> None:
    """Raise unless a Host header names this machine's loopback."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if name != "localhost" and not _is_loopback(name):
        raise header_error("Host", host, "only loopback names are served")


@lru_cache(maxsize=64)
def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
