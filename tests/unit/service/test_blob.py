"""Links signed without the account's key."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.storage.blob import UserDelegationKey

from batchspec.service.account import Account, Storage
from batchspec.service.blob import AzureBlob

ACCOUNT = Account("azure", "", "acct", "https://a", storage=Storage("st", "https://st.blob.core.windows.net"))


class Client:
    """The SDK's client, as far as it hands out user delegation keys."""

    def __init__(self) -> None:
        self.asked: list[timedelta] = []

    def get_user_delegation_key(self, start: datetime, expiry: datetime) -> UserDelegationKey:
        self.asked.append(expiry - start)
        key: Any = cast("Any", UserDelegationKey)()
        key.signed_oid = key.signed_tid = "00000000-0000-0000-0000-000000000000"
        key.signed_start, key.signed_expiry = f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{expiry:%Y-%m-%dT%H:%M:%SZ}"
        key.signed_service, key.signed_version, key.value = "b", "2025-01-05", "c2VjcmV0"
        return key  # type: ignore[no-any-return]  # built as an Any, for its members are untyped


@pytest.mark.parametrize("blob", ["inputs/a b", None], ids=["a blob", "a container"])
def test_a_link_is_signed_with_one_delegation_key_and_does_not_outlive_it(blob: str | None) -> None:
    blobs, client = AzureBlob(ACCOUNT), Client()
    blobs._client = client  # type: ignore[assignment]  # enough of one
    now = datetime.now(timezone.utc)

    urls = [blobs.signed_url("c", blob, "r", now + timedelta(days=days)) for days in (1, 30)]

    assert len(client.asked) == 1
    assert client.asked[0] <= timedelta(days=7)
    queries = [parse_qs(urlsplit(url).query) for url in urls]
    assert all({"skoid", "sig"} <= query.keys() for query in queries)
    ends = [datetime.fromisoformat(query["se"][0].replace("Z", "+00:00")) for query in queries]
    assert ends[0] - now < timedelta(days=1, seconds=1)
    assert ends[1] - now < timedelta(days=7)
