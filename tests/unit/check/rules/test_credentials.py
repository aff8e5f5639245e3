"""What is taken for a secret, and what is not."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, strategies as st

from batchspec.check.credentials import has_sign, is_name, is_worth, of_url, of_value

KEY = base64.b64encode(hashlib.sha512(b"a key").digest()).decode()

NAMES = [
    "PASSWORD", "DB_PASSWORD", "PGPASSWORD", "password1", "dbPassword", "MYSQL_PWD", "API_TOKEN", "token",
    "GitHubToken", "CLIENT_SECRET", "client-secret", "AWS_SECRET_ACCESS_KEY", "STORAGE_ACCOUNT_KEY", "API_KEY",
    "apikey", "SAS", "DATA_SAS", "AZURE_STORAGE_CONNECTION_STRING", "CONN_STR", "PRIVATE_KEY", "SSH_PASSPHRASE",
    "DB_PASS", "SMTP_PASS2", "GOOGLE_CREDENTIALS",
]  # fmt: skip
OTHERS = [
    "TOKEN_FILE", "MAX_TOKENS", "TOKENIZERS_PARALLELISM", "SECRET_NAME", "PASSWORD_LENGTH", "PASSES", "PASSENGER",
    "COMPASS", "SORT_KEY", "KEY", "KEYS", "SAS_HOME", "SASS", "SECRETARY", "TOKENIZER", "CONNECTION", "AUTHOR",
    "API_KEY_HEADER", "PASS", "RENDER_PASS",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_secret_is_one(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", OTHERS)
def test_a_name_of_something_else_is_none(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize("value", ["correct horse", "hunter2", "0a1b2c3d4e5f", "p@ssw0rd", "abc/def+ghi"])
def test_a_text_behind_such_a_name_can_be_a_secret(value: str) -> None:
    assert is_worth(value)


@pytest.mark.parametrize(
    "value",
    ["", "abc12", "1234567", "disabled", "anonymous", "/run/secrets/x", "./x-y-z", "~/token", "<your key>",
     "$TOKEN_OF_X", "%TOKEN%", "******", "C:\\secrets\\x", "https://vault.example.com/x",
     "in/data-1/key.csv", 1234567, 1.5, True, None],
)  # fmt: skip
def test_a_number_a_switch_a_path_or_a_blank_is_none(value: object) -> None:
    assert not is_worth(value)


SECRETS = {
    "an account key of a connection string": f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY};",
    "the key of a bus": f"Endpoint=sb://a/;SharedAccessKeyName=b;SharedAccessKey={KEY[:43]}=",
    "an account key alone": KEY,
    "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nabc",
    "a private key without a kind": "-----BEGIN PRIVATE KEY-----",
    "a token of GitHub": f"Bearer ghp_{'a1B2' * 9}",
    "an access key of AWS": "id=AKIAIOSFODNN7EXAMPLE",
    "a token of Slack": "xoxb-123456789012-abcdefghijkl",
    "an API key": f"sk-{'a1B2c3D4' * 6}",
    "a signed token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_a_secret_is_known_by_its_form_and_has_a_sign(text: str) -> None:
    assert of_value(text)
    assert has_sign(text)


@pytest.mark.parametrize(
    "text",
    [
        f"sha512-{KEY}",
        f"{KEY[:44]}==",
        "AccountKey=short",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----",
        "task-0123456789abcdefghijklmnopqrstuvwxyz",
        "sk-learn-is-a-library-of-python",
        "AKIARA",
        "ghp_short",
        "eyJhIjoxfQ.b.c",
        "0123456789abcdef" * 8,
    ],
)
def test_what_only_looks_alike_is_none(text: str) -> None:
    assert of_value(text) is None


URLS = {
    "https://a.blob.core.windows.net/c?sv=1&sig=8R0n2SfPpYz1s%2Bq0Y7kQmT3uVwXyZ4a": "signature",
    "https://a.blob.core.windows.net/c?sig=8R0n2SfPpYz1s%2Bq0Y7kQmT3uVwXyZ4a&sv=1": "signature",
    "git clone https://me:hush1234@example.com/me/x.git": "password",
    "postgresql://me:hush@db:5432/data": "password",
    "https://example.com/data?api_key=0123456789abcdef": "key",
}


@pytest.mark.parametrize(("text", "what"), URLS.items())
def test_a_url_may_carry_a_secret(text: str, what: str) -> None:
    assert what in (of_url(text) or "")
    assert has_sign(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com:8080/a@b",
        "https://example.com/a:b@c",
        "git@example.com:me/x.git",
        "https://me@example.com/",
        "https://example.com/?sig=1&api_key=short",
        "https://me:$PASSWORD@example.com",
        "https://example.com/design=0123456789abcdef0123456789",
    ],
)
def test_a_url_without_one_carries_none(text: str) -> None:
    assert of_url(text) is None


@given(st.text(max_size=200))
def test_what_has_no_sign_is_no_secret(text: str) -> None:
    if of_url(text) or of_value(text):
        assert has_sign(text)
