from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from batchspec.errors import UsageError
from batchspec.service import local
from batchspec.service.account import resolve

KEY = base64.b64encode(b"a key that is secret").decode()
URL = "https://acct.westeurope.batch.azure.com"
BATCH = {"AZURE_BATCH_ACCOUNT_NAME": "acct", "AZURE_BATCH_ACCOUNT_KEY": KEY, "AZURE_BATCH_ACCOUNT_URL": URL}
LOCAL = {**BATCH, "AZURE_BATCH_ACCOUNT_URL": "http://127.0.0.1:1234"}
HERE = Path()


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in BATCH.items() if key != name}


@pytest.fixture
def _local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "endpoint", lambda _folder: LOCAL)


def test_a_configured_account_is_the_default_target() -> None:
    account = resolve(None, BATCH, HERE)

    assert (account.target, account.name, account.batch_url, account.batch_key) == ("azure", "acct", URL, KEY)


@pytest.mark.usefixtures("_local")
def test_without_an_account_the_default_target_is_local() -> None:
    account = resolve(None, {}, HERE)

    assert (account.target, account.batch_url) == ("local", "http://127.0.0.1:1234")
    assert account.label.startswith("the local target")


@pytest.mark.usefixtures("_local")
def test_local_is_chosen_over_a_configured_account() -> None:
    assert resolve("local", BATCH, HERE).batch_url == "http://127.0.0.1:1234"


def test_azure_without_an_account_says_which_variables_to_set() -> None:
    with pytest.raises(UsageError) as caught:
        resolve("azure", {}, HERE)

    assert "AZURE_BATCH_ACCOUNT_URL" in (caught.value.hint or "")


INCOMPLETE: dict[str, tuple[Mapping[str, str], str]] = {
    "a name without a URL": (without("AZURE_BATCH_ACCOUNT_URL"), "AZURE_BATCH_ACCOUNT_URL"),
    "a key without a name": (without("AZURE_BATCH_ACCOUNT_NAME"), "AZURE_BATCH_ACCOUNT_NAME"),
    "a key that is no key": ({**BATCH, "AZURE_BATCH_ACCOUNT_KEY": "no key!"}, "AZURE_BATCH_ACCOUNT_KEY"),
    "a URL that is none": ({**BATCH, "AZURE_BATCH_ACCOUNT_URL": "acct.batch"}, "AZURE_BATCH_ACCOUNT_URL"),
    "a port that is none": ({**BATCH, "AZURE_BATCH_ACCOUNT_URL": "http://a:b"}, "AZURE_BATCH_ACCOUNT_URL"),
    "a token over plain http": (
        {"AZURE_BATCH_ACCOUNT_URL": "http://acct.example"},
        "AZURE_BATCH_ACCOUNT_KEY",
    ),
    "a storage key without a name": ({**BATCH, "AZURE_BLOB_ACCOUNT_KEY": KEY}, "AZURE_BLOB_ACCOUNT_NAME"),
    "a storage key that is none": (
        {**BATCH, "AZURE_BLOB_ACCOUNT_NAME": "st", "AZURE_BLOB_ACCOUNT_KEY": "%"},
        "AZURE_BLOB_ACCOUNT_KEY",
    ),
    "a storage name that would break its URL": (
        {**BATCH, "AZURE_BLOB_ACCOUNT_NAME": "st[", "AZURE_BLOB_ACCOUNT_KEY": KEY},
        "AZURE_BLOB_ACCOUNT_NAME",
    ),
    "a URL with half an address": ({**BATCH, "AZURE_BATCH_ACCOUNT_URL": "http://[::1/x"}, "AZURE_BATCH_ACCOUNT_URL"),
    "a connection string with half an address": (
        {**BATCH, "AZURE_STORAGE_CONNECTION_STRING": f"AccountName=st;AccountKey={KEY};BlobEndpoint=http://[::1/x"},
        "AZURE_STORAGE_CONNECTION_STRING",
    ),
    "a connection string without a key": (
        {**BATCH, "AZURE_STORAGE_CONNECTION_STRING": "AccountName=st"},
        "AZURE_STORAGE_CONNECTION_STRING",
    ),
}


@pytest.mark.parametrize(("environ", "variable"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_an_incomplete_account_is_told_by_its_variable(environ: Mapping[str, str], variable: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(None, environ, HERE)

    assert variable in caught.value.message
    for value in ("no key!", KEY):
        assert value not in caught.value.message + str(caught.value.hint)


def test_without_a_key_the_account_signs_in_and_is_named_by_its_url() -> None:
    account = resolve(None, {"AZURE_BATCH_ACCOUNT_URL": URL + "/"}, HERE)

    assert (account.name, account.batch_key, account.batch_url) == ("acct", None, URL)


STORAGE = {
    "a name and a key": (
        {"AZURE_BLOB_ACCOUNT_NAME": "st", "AZURE_BLOB_ACCOUNT_KEY": KEY},
        ("st", "https://st.blob.core.windows.net", KEY),
    ),
    "a name alone": ({"AZURE_BLOB_ACCOUNT_NAME": "st"}, ("st", "https://st.blob.core.windows.net", None)),
    "a connection string": (
        {"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=st;AccountKey={KEY};EndpointSuffix=core.cloud"},
        ("st", "https://st.blob.core.cloud", KEY),
    ),
    "a path-style connection string": (
        {
            "AZURE_STORAGE_CONNECTION_STRING": "DefaultEndpointsProtocol=http;AccountName=st;"
            f"AccountKey={KEY};BlobEndpoint=http://127.0.0.1:1/st;"
        },
        ("st", "http://127.0.0.1:1/st", KEY),
    ),
}


@pytest.mark.parametrize(("environ", "expected"), STORAGE.values(), ids=STORAGE)
def test_storage(environ: Mapping[str, str], expected: tuple[str, str, str | None]) -> None:
    storage = resolve(None, {**BATCH, **environ}, HERE).storage

    assert storage is not None
    assert (storage.name, storage.url, storage.key) == expected


def test_no_key_is_in_the_text_of_an_account() -> None:
    account = resolve(None, {**BATCH, "AZURE_BLOB_ACCOUNT_NAME": "st", "AZURE_BLOB_ACCOUNT_KEY": KEY}, HERE)

    assert KEY not in repr(account)
    assert account.secrets == {KEY}
