"""Requests as the SDK sends them: through the environment's proxy, over connections that are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings, strategies as st
from requests import Session

from batchspec.errors import Unauthorized, Unreachable
from batchspec.service.account import Account
from batchspec.service.batch import AzureBatch
from batchspec.service.sending import Sender, _prepared

KEY = "bnVsbA=="


class Server(ThreadingHTTPServer):
    """Remembers what it was asked, and by which connection."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((self.path, self.client_address))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def sender(url: str) -> Sender:
    session = Session()
    session.auth = lambda request: request
    return Sender(session, url, "agent", (5.0, 5.0))


def test_threads_share_connections(server: Server) -> None:
    with closing(sender(server.url)) as made:
        for _ in range(3):
            thread = threading.Thread(target=made.send, args=("GET", f"{server.url}/x", {}))
            thread.start()
            thread.join()

    assert len({connection for _, connection in server.asked}) == 1


def test_a_service_elsewhere_is_asked_through_the_environments_proxy(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    account = Account("azure", "x", "acct", "http://acct.example", KEY)

    with closing(AzureBatch(account)) as batch, pytest.raises(Unreachable):
        batch.get_job("j")  # {} is no job

    assert server.asked[0][0].startswith("http://acct.example/jobs/j?api-version=")


def test_a_service_on_this_machine_is_not(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    with closing(AzureBatch(Account("azure", "x", "acct", server.url, KEY))) as batch, pytest.raises(Unreachable):
        batch.get_job("j")

    assert server.asked[0][0].startswith("/jobs/j?")


def test_a_token_that_cannot_be_had_is_told(server: Server) -> None:
    from azure.core.exceptions import ClientAuthenticationError

    def fail(_request: object) -> object:
        raise ClientAuthenticationError("no token")

    with closing(AzureBatch(Account("azure", "x", "acct", server.url, KEY))) as batch:
        batch._sender._session.auth = fail  # type: ignore[assignment]  # as Entra's does
        with pytest.raises(Unauthorized):
            batch.get_job("j")


SERVICE = "https://acct.westeurope.batch.azure.com"


@settings(max_examples=500)
@given(
    st.one_of(
        st.text(max_size=20),
        st.lists(st.sampled_from([*"aZ09._~/?#%&=$@:;,'()*!+[]{}|^\"<>\\ é-", "..", "%2C", "%7e", "%41"])).map("".join),
    )
)
def test_a_url_that_counts_as_ready_is_what_preparing_it_gives(rest: str) -> None:
    url = f"{SERVICE}/{rest}"

    ready = sender(SERVICE)._is_ready(url)

    assert not ready or _prepared(url) == url


READY = {
    "/jobs/j/addtaskcollection?api-version=2025-06-01": True,
    "/jobs/j/tasks?api-version=2025-06-01&maxresults=1000&%24select=id%2Cstate": True,
    "/jobs/j/tasks?api-version=2025-06-01&$filter=stateTransitionTime%20ge%20DateTime%272026-11-22T12%3A00Z%27": True,
    "/jobs/a/../b?api-version=1": False,
    "/jobs/%7Ea": False,
    "/jobs/é": False,
    "": False,
}


@pytest.mark.parametrize(("rest", "ready"), READY.items())
def test_the_services_urls_are_ready(rest: str, ready: bool) -> None:
    assert sender(SERVICE)._is_ready(SERVICE + rest) is ready
    assert not sender("https://other.example")._is_ready(SERVICE + rest)
    assert not sender("https://OTHER.example")._is_ready("https://OTHER.example" + rest)
