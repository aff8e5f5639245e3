"""What to do about the answers that people meet most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType

_QUOTA = "ask for more quota in the portal, or remove pools and jobs that are no longer needed"
_LATER = "run the command again later: it goes on where it was"

HINTS: Mapping[str, str] = MappingProxyType(
    {
        "AuthenticationFailed": "check the account's key, and that this machine's clock is right",
        "InvalidAuthenticationInfo": "check the account's name and key",
        "AuthorizationFailure": "check the storage account's key, and whether its firewall lets you in",
        "AuthorizationPermissionMismatch": 'you need the role "Storage Blob Data Contributor" on it',
        "InsufficientAccountPermissions": "ask for the right to write to this account",
        "KeyBasedAuthenticationNotPermitted": "unset the account's key to sign in with Microsoft Entra ID",
        "AccountNotFound": "check the account's URL",
        "AccountIsDisabled": "enable the account in the portal",
        "PoolQuotaReached": _QUOTA,
        "ActiveJobAndScheduleQuotaReached": _QUOTA,
        "AccountCoreQuotaReached": _QUOTA,
        "UnsupportedVMVersion": "look up which VM images and sizes the account's region has",
        "InvalidVirtualMachineImage": "look up which VM images the account's region has",
        "UnsupportedRequestVersion": 'give the spec an "api_version" that the service speaks',
        "ServerBusy": _LATER,
        "InternalError": _LATER,
        "OperationTimedOut": _LATER,
        "RequestBodyTooLarge": "make the task smaller: fewer or shorter settings and files",
    }
)

# The local service names the property that it refuses.
_ELEVATION = "elevationLevel"


def hint_for(code: str, values: Mapping[str, str]) -> str | None:
    """The hint for an error code and its details."""
    name = values.get("PropertyName", "")
    if name.endswith(_ELEVATION):
        if "startTask" in name:
            return "leave it out on this machine: targets: {local: {pool: {start_task: null}}}"
        return "leave out elevated on this machine, with a patch under targets.local"
    return HINTS.get(code)


_SKEW = timedelta(minutes=14)
"""Services take requests whose time is 15 minutes off, and no more: the REST reference, "Authorize with Shared Key"."""


def clock_hint(date: str, now: datetime) -> str | None:
    """The hint for a refused signature when our clock and the service's do not agree. date: the answer's own."""
    try:
        theirs = parsedate_to_datetime(date)
        apart = abs(theirs - now)
    except (TypeError, ValueError):
        return None
    if apart < _SKEW:
        return None
    times = f"it is {now:%Y-%m-%d %H:%M} UTC on this machine, and {theirs:%Y-%m-%d %H:%M} for the service"
    return f"a clock is wrong: {times}, {apart // timedelta(minutes=1):,} minutes apart"
