"""A tiny web server that keeps what is PUT and fails as it is told to."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Web:
    """`files` by path; `failures` gives the statuses with which the next requests for a path are answered;
    `redirects` where to send who asks for a path."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.failures: dict[str, list[int]] = {}
        self.redirects: dict[str, str] = {}
        self.blocks: dict[str, dict[str, bytes]] = {}
        self.requests: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(web) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's below
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

            def do_GET(self) -> None:
                parts, query = self._opened()
                if parts in web.redirects:
                    self._answer(302, location=web.redirects[parts])
                elif query.get("comp") == ["list"]:
                    self._answer(200, web._list(parts, query))
                elif parts in web.files:
                    self._answer(200, web.files[parts])
                else:
                    self._answer(404)

            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                path, query = self._opened()
                failures = web.failures.get(path)
                if failures:
                    self._answer(failures.pop(0))
                    return
                if query.get("comp") == ["block"]:
                    web.blocks.setdefault(path, {})[query["blockid"][0]] = body
                elif query.get("comp") == ["blocklist"]:
                    ids = [part.split("<")[0] for part in body.decode().split("<Latest>")[1:]]
                    web.files[path] = b"".join(web.blocks[path][id_] for id_ in ids)
                else:
                    assert self.headers["x-ms-blob-type"] == "BlockBlob"
                    web.files[path] = body
                self._answer(201)

            def _opened(self) -> tuple[str, dict[str, list[str]]]:
                web.requests.append(f"{self.command} {self.path}")
                parts = urlsplit(self.path)
                return unquote(parts.path), parse_qs(parts.query)

            def _answer(self, status: int, body: bytes = b"", location: str = "") -> None:
                failures = web.failures.get(unquote(urlsplit(self.path).path))
                if self.command == "GET" and failures:
                    status, body = failures.pop(0), b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(body)

        return Handler

    def _list(self, container: str, query: dict[str, list[str]]) -> bytes:
        """List Blobs, two a page."""
        below = f"{container}/"
        prefix, marker = (query.get(name, [""])[0] for name in ("prefix", "marker"))
        names = sorted(path[len(below) :] for path in self.files if path.startswith(below + prefix))
        rest = [name for name in names if name >= marker]
        blobs = "".join(f"<Blob><Name>{name}</Name></Blob>" for name in rest[:2])
        following = rest[2] if len(rest) > 2 else ""
        return (
            f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{following}</NextMarker></EnumerationResults>"
        ).encode()


def out(web: Web, pattern: str, path: str | None = None, condition: str = "taskcompletion") -> dict[str, Any]:
    """An output file that goes there."""
    container = {"containerUrl": web.url("/acct/out?sig=s")} | ({"path": path} if path else {})
    return {
        "filePattern": pattern,
        "destination": {"container": container},
        "uploadOptions": {"uploadCondition": condition},
    }
