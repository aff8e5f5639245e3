"""Requests to Azure Batch, signed and sent as the SDK does: one call, one request, no retries."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import BatchErrorException
from requests import Session

from batchspec.errors import Refused
from batchspec.reading import collector_paused
from batchspec.service.account import Account
from batchspec.service.sending import Sender
from batchspec.service.translate import translated, understood

V = TypeVar("V")

API_VERSION = "2025-06-01"  # where nobody says another
CONNECT, READ = 10.0, 60.0  # seconds
_JSON = "application/json; odata=minimalmetadata; charset=utf-8"


class Transport:
    """An account in one version of the API; close it."""

    def __init__(self, account: Account, api_version: str = API_VERSION) -> None:
        self._url = account.batch_url.rstrip("/")
        self._version = api_version
        self._gone = account.gone
        self._client = BatchServiceClient(_credentials(account), batch_url=self._url)
        self._sender = _sender(self._client, self._url)

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
        self._client.close()

    @property
    def url(self) -> str:
        """The account's URL, for messages."""
        return self._url

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
    ) -> Any:
        """The answer, a requests.Response, to one request. body: a JSON object, or the bytes of one."""
        data = json.dumps(body).encode() if isinstance(body, Mapping) else body
        given = {**({} if data is None else {"Content-Type": _JSON}), **(headers or {})}
        with translated(self._url, self._gone):
            answer = self._sender.send(method, self._address(path, query or {}), given, data)
            if not 200 <= answer.status_code < 300:
                raise BatchErrorException(self._client._deserialize, answer)  # noqa: SLF001  # as the SDK does
        return answer

    def _address(self, path: str, query: Mapping[str, str]) -> str:
        if path.startswith("http"):
            return path
        given = {"api-version": self._version, **query}
        # A comma stays as it is: urllib3 takes long over a URL with an escape, and $select has nothing else.
        return f"{self._url}{path}?" + "&".join([f"{name}={quote(value, safe=',')}" for name, value in given.items()])

    def read(self, path: str, view: Callable[[Any], V], query: Mapping[str, str] | None = None) -> V:
        """A JSON answer as a view."""
        answer = self.send("GET", path, query)
        with understood(self._url):
            return view(json.loads(answer.content))

    def pages(self, path: str, query: Mapping[str, str], view: Callable[[Any], V]) -> Iterator[V]:
        """The entries of a list as views, page after page."""

        def read(content: bytes) -> tuple[list[V], str]:
            page = json.loads(content)
            return list(map(view, page.pop("value"))), page.get("odata.nextLink") or ""

        return chain.from_iterable(self.listed(path, query, read))

    def listed(self, path: str, query: Mapping[str, str], read: Callable[[bytes], tuple[V, str]]) -> Iterator[V]:
        """The pages of a list. read: what a page's bytes hold, and the link to the next one."""
        link, parameters = path, {"maxresults": "1000", **query}
        while link:
            answer = self.send("GET", link, parameters)
            with understood(self._url), collector_paused():
                (found, link), parameters = read(answer.content), {}
                elsewhere = bool(link) and _origin(link) != _origin(self._url)
            yield found
            if elsewhere:
                raise Refused(f"{self._url} continues a list on another host, and is not followed there")

    def patch(self, path: str, changes: Mapping[str, Any], etag: str | None) -> None:
        """Set members of what is there, if it is still as it was seen."""
        self.send("PATCH", path, headers=if_match(etag), body=changes)


def _sender(client: BatchServiceClient, url: str) -> Sender:
    session: Session = client.config.credentials.signed_session(Session())
    session.trust_env = not is_loopback(url)
    return Sender(session, url, client.config.user_agent, (CONNECT, READ))


def _credentials(account: Account) -> Any:
    if account.batch_key is not None:
        return SharedKeyCredentials(account.name, account.batch_key)
    # Its import is slow, and only needed by those who have no key.
    from batchspec.service.entra import EntraCredential, default_credential  # see above

    return EntraCredential(default_credential())


def is_loopback(url: str) -> bool:
    """Whether a URL is of this machine itself, which no proxy can reach for us."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def if_match(etag: str | None) -> dict[str, str]:
    """The header of a request about what is still as it was seen; without an ETag, of any."""
    return {"If-Match": etag} if etag else {}


def path_of(*parts: str) -> str:
    """The path of a URL, each part quoted."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
