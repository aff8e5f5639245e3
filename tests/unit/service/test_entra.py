from __future__ import annotations

from dataclasses import dataclass

import requests

from batchspec.service.entra import SCOPE, EntraCredential


@dataclass
class Token:
    token: str
    expires_on: int


class Source:
    """Tokens that live for an hour."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked: list[tuple[str, ...]] = []

    def get_token(self, *scopes: str) -> Token:
        self.asked.append(scopes)
        return Token(f"token-{len(self.asked)}", int(self.now) + 3600)


def header(session: requests.Session) -> str:
    with session:
        request = session.prepare_request(requests.Request("GET", "https://acct.example/pools"))
        return str(request.headers["Authorization"])


def test_a_token_is_asked_for_once_and_replaced_before_it_expires() -> None:
    source = Source()
    credential = EntraCredential(source, now=lambda: source.now)

    assert header(credential.signed_session()) == "Bearer token-1"
    assert header(credential.signed_session(requests.Session())) == "Bearer token-1"

    source.now += 3400

    assert header(credential.signed_session()) == "Bearer token-2"
    assert source.asked == [(SCOPE,), (SCOPE,)]
