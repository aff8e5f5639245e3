"""Which account a command speaks to: from `--target` and the environment."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from batchspec.errors import BatchspecError, UsageError

LOCAL, AZURE = "local", "azure"

_NAME, _KEY, _URL = "AZURE_BATCH_ACCOUNT_NAME", "AZURE_BATCH_ACCOUNT_KEY", "AZURE_BATCH_ACCOUNT_URL"
_BLOB_NAME, _BLOB_KEY = "AZURE_BLOB_ACCOUNT_NAME", "AZURE_BLOB_ACCOUNT_KEY"
_CONNECTION = "AZURE_STORAGE_CONNECTION_STRING"
_HINT = f"set {_URL} and {_NAME}, and {_KEY} unless you sign in with Microsoft Entra ID"


@dataclass(frozen=True)
class Storage:
    """A storage account. url: its blob endpoint; key: base64, None to sign in with Microsoft Entra ID."""

    name: str
    url: str
    key: str | None = field(default=None, repr=False)


def _nobody_knows() -> None:
    """Of a service elsewhere all that can be said is that it did not answer."""


@dataclass(frozen=True)
class Account:
    """Where requests go, and with what they are signed.

    target: "local" or "azure"; label: what to call it in the first line of output; key: base64, None to
    sign in with Microsoft Entra ID; storage: None when no storage account is configured; gone: why no answer
    will ever come, asked for when none does; None while there is hope, and when nobody can know.
    """

    target: str
    label: str
    name: str
    batch_url: str
    batch_key: str | None = field(default=None, repr=False)
    storage: Storage | None = None
    gone: Callable[[], BatchspecError | None] = field(default=_nobody_knows, repr=False, compare=False)

    @property
    def secrets(self) -> frozenset[str]:
        """What may never be shown."""
        keys = (self.batch_key, self.storage.key if self.storage else None)
        return frozenset(key for key in keys if key)


def resolve(target: str | None, environ: Mapping[str, str], folder: Path) -> Account:
    """The account of a target.

    target: "local"; any other name is a place on Azure; None is the account when the environment has one,
    otherwise local. folder: where the local target keeps its state, in `.batchspec/local`.
    Raises UsageError for an account that is missing or incomplete, LocalFailure when the local service does
    not start.
    """
    if (target or default_target(environ)) == LOCAL:
        # Only those who go there pay for it.
        from batchspec.service import local  # see above

        root = folder / ".batchspec" / LOCAL
        found = from_environment(local.endpoint(root), LOCAL, f"the local target, {root}")
        return replace(found, gone=partial(local.ended, root))
    if not _configured(environ):
        raise UsageError(f'target "{target}" needs an Azure Batch account, and none is configured', _HINT)
    return from_environment(environ, AZURE)


def default_target(environ: Mapping[str, str]) -> str:
    """Where things run when nobody says it: on the account, when one is configured; otherwise here."""
    return AZURE if _configured(environ) else LOCAL


def _configured(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in (_NAME, _KEY, _URL))


def from_environment(environ: Mapping[str, str], target: str, label: str | None = None) -> Account:
    """The account that the variables describe. Raises UsageError."""
    url = environ.get(_URL, "").strip().rstrip("/")
    key = _base64(environ, _KEY)
    if not url:
        raise UsageError(f"the Azure Batch account is incomplete: {_URL} is not set", _HINT)
    host = _host(_URL, url)
    name = environ.get(_NAME, "").strip()
    if key and not name:
        raise UsageError(f"the Azure Batch account is incomplete: {_NAME} is not set", _HINT)
    if not key and not url.startswith("https://"):
        # A token over plain http is a token given away.
        raise UsageError(f"{_URL} is not https, and {_KEY} is not set", f"set {_KEY}, or use the https URL")
    name = name or host.split(".")[0]
    return Account(
        target,
        label or f"Azure Batch account {name}, {url}",
        name,
        url,
        key,
        _storage(environ),
    )


def _storage(environ: Mapping[str, str]) -> Storage | None:
    name = environ.get(_BLOB_NAME, "").strip()
    if name:
        url = f"https://{name}.blob.core.windows.net"
        if not name.isascii() or not name.isalnum():  # it becomes part of a URL
            hint = "it is the account's name alone, lower-case letters and digits"
            raise UsageError(f'{_BLOB_NAME} is not the name of a storage account: "{name}"', hint)
        return Storage(name, url, _base64(environ, _BLOB_KEY))
    if environ.get(_BLOB_KEY):
        raise UsageError(f"the storage account is incomplete: {_BLOB_NAME} is not set", f"set {_BLOB_NAME}")
    text = environ.get(_CONNECTION, "").strip()
    return _connection(text) if text else None


def _connection(text: str) -> Storage:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    parts = {name.strip().lower(): value.strip() for name, _, value in pairs}
    name, key = parts.get("accountname", ""), parts.get("accountkey", "")
    if not name or not key:
        hint = "copy the connection string with AccountName and AccountKey"
        raise UsageError(f"{_CONNECTION} has no AccountName or no AccountKey", hint)
    _check_base64(f"AccountKey in {_CONNECTION}", key)
    url = parts.get("blobendpoint", "").rstrip("/")
    if not url:
        protocol = parts.get("defaultendpointsprotocol", "https")
        url = f"{protocol}://{name}.blob.{parts.get('endpointsuffix', 'core.windows.net')}"
    _host(_CONNECTION, url)
    return Storage(name, url, key)


def _host(variable: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError(f'{variable} is not a URL: "{url}"', "it looks like https://NAME.REGION.batch.azure.com")
    return host


def _base64(environ: Mapping[str, str], variable: str) -> str | None:
    key = environ.get(variable, "").strip()
    if not key:
        return None
    _check_base64(variable, key)
    return key


def _check_base64(variable: str, key: str) -> None:
    try:
        base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"{variable} is not a key: it is not base64", "copy the whole key") from None
