"""The API versions that are spoken, oldest first."""

from __future__ import annotations

from batchspec.emulator.wire.errors import BatchError, query_error

V2024 = "2024-02-01.19.0"  # azure-batch 14.2
V2025 = "2025-06-01"  # azure-batch 15.1
VERSIONS = (V2024, V2025)


def check_version(asked: str | None) -> str:
    """The version that a request asks for; refuses a missing or an unknown one."""
    if not asked:
        raise BatchError("MissingRequiredQueryParameter", [("QueryParameterName", "api-version")])
    if asked not in VERSIONS:
        reason = f"this service speaks {' and '.join(VERSIONS)}"
        raise query_error("UnsupportedRequestVersion", "api-version", asked, reason)
    return asked
