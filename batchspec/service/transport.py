"""Requests to Azure Batch through the SDK's pipeline, which signs them: one call, one request, no retries."""

from __future__ import annotations

import ipaddress
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import BatchErrorException
from msrest.universal_http import ClientRequest

from batchspec.errors import Refused
from batchspec.service.account import Account
from batchspec.service.translate import translated, understood

V = TypeVar("V")

API_VERSION = "2025-06-01"  # where nobody says another
CONNECT, READ = 10.0, 60.0  # seconds
PIECE = 1024 * 1024  # bytes of a file in one request
_JSON = "application/json; odata=minimalmetadata; charset=utf-8"


class Transport:
    """An account in one version of the API; close it."""

    def __init__(self, account: Account, api_version: str = API_VERSION) -> None:
        self._url = account.batch_url.rstrip("/")
        self._version = api_version
        self._gone = account.gone
        self._client = _client(account, self._url)

    def close(self) -> None:
        """Close the connections."""
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
        whole = path.startswith("http")
        request = ClientRequest(method, path if whole else self._url + path)
        if not whole:
            request.format_parameters({"api-version": self._version, **(query or {})})
        request.headers.update(
            {"Accept": "application/json", "client-request-id": str(uuid.uuid1()), **(headers or {})}
        )
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            request.headers["Content-Type"] = _JSON
            request.headers["Content-Length"] = str(len(data))
            request.data = data
        with translated(self._url, self._gone):
            answer = self._client.config.pipeline.run(request, stream=False).http_response.internal_response
            if not 200 <= answer.status_code < 300:
                raise BatchErrorException(self._client._deserialize, answer)  # noqa: SLF001  # as the SDK does
        return answer

    def read(self, path: str, view: Callable[[Any], V], query: Mapping[str, str] | None = None) -> V:
        """A JSON answer as a view."""
        answer = self.send("GET", path, query)
        with understood(self._url):
            return view(answer.json())

    def pages(self, path: str, query: Mapping[str, str], view: Callable[[Any], V]) -> Iterator[V]:
        """The entries of a list as views, page after page."""
        link, parameters = path, {"maxresults": "1000", **query}
        while link:
            answer = self.send("GET", link, parameters)
            with understood(self._url):
                page = answer.json()
                found = [view(entry) for entry in page["value"]]
                link, parameters = page.get("odata.nextLink") or "", {}
                elsewhere = bool(link) and _origin(link) != _origin(self._url)
            yield from found
            if elsewhere:
                raise Refused(f"{self._url} continues a list on another host, and is not followed there")

    def patch(self, path: str, changes: Mapping[str, Any], etag: str | None) -> None:
        """Set members of what is there, if it is still as it was seen."""
        self.send("PATCH", path, None, {"If-Match": etag} if etag else None, changes)


def _client(account: Account, url: str) -> BatchServiceClient:
    client = BatchServiceClient(_credentials(account), batch_url=url)
    config = client.config
    # In place: the first session has its policy already. Without the list of statuses, or a 503 would come
    # out as an exception without the answer and its Retry-After.
    retries = config.retry_policy.policy
    retries.total = retries.connect = retries.read = 0
    retries.status_forcelist = ()
    retries.respect_retry_after_header = False
    config.redirect_policy.allow = False
    config.connection.timeout = (CONNECT, READ)
    config.proxies.use_env_settings = not is_loopback(url)
    return client


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


def path_of(*parts: str) -> str:
    """The path of a URL, each part quoted."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
