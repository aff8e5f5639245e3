"""Both services on one port: blobs below `/<account name>`, the Batch service everywhere else."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from batchspec.emulator.batch.app import batch_app
from batchspec.emulator.blob.app import blob_app, utc_now
from batchspec.emulator.blob.store import BlobStore
from batchspec.emulator.engine.engine import Engine
from batchspec.emulator.engine.store import WrongVersion
from batchspec.emulator.home import Home
from batchspec.emulator.wire.account import Account

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SHUTDOWN_GRACE = 3  # seconds for answers that are under way


class Activity:
    """When the last request was, for the idle stop."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._last = clock()
        self._open = 0

    @property
    def quiet_since(self) -> float | None:
        """When the last request ended (UNIX seconds), None while one is open."""
        return None if self._open else self._last

    @contextmanager
    def request(self) -> Iterator[None]:
        """Around every request."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            self._last = self._clock()


class HttpServer(uvicorn.Server):
    """uvicorn on a socket that is bound already, with the signals left to the process's owner."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,  # there is no proxy: who says so only wants to pass for another address
                timeout_keep_alive=60,
                # an idle connection is closed at once; one that does not read its answer must not hold us
                timeout_graceful_shutdown=_SHUTDOWN_GRACE,
            )
        )
        self.listening: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # a generator upstream
        """Nothing: the life cycle handles signals for server and engine together."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listening.set_result(None)


@dataclass(frozen=True)
class Service:
    """What serves: `broken` is done, with what broke it, once it can serve no more."""

    engine: Engine
    activity: Activity
    broken: asyncio.Future[BaseException]


@asynccontextmanager
async def serving(
    home: Home, account: Account, ports: Collection[int], listener: socket.socket
) -> AsyncIterator[Service]:
    """Both services, ready within the block and gone after it.

    `ports` are those that URLs handed out before may name. Raises HomeError for state that cannot be used.
    """
    loop = asyncio.get_running_loop()
    broken: asyncio.Future[BaseException] = loop.create_future()
    port = listener.getsockname()[1]

    def give_up(error: BaseException) -> None:
        if not broken.done():
            broken.set_result(error)

    def on_fault(error: BaseException) -> None:
        loop.call_soon_threadsafe(give_up, error)

    with home.explained("blobs.db"):
        store = BlobStore(home.root, utc_now)
    with closing(store):
        engine = Engine(
            home.root,
            account.name,
            account_url=account.base_url,
            blob_urls=lambda url: moved_url(url, ports, port),
            alone=True,
            on_fault=on_fault,
        )
        with home.explained("state.db", WrongVersion):
            await engine.start()
        try:
            activity = Activity()
            server = HttpServer(application(engine, store, account, activity))
            running = asyncio.create_task(server.serve([listener]))
            running.add_done_callback(lambda task: give_up(task.exception() or EOFError("the HTTP server ended")))
            try:
                first: list[asyncio.Future[Any]] = [server.listening, broken]
                await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                yield Service(engine, activity, broken)
            finally:
                server.should_exit = True
                await running
        finally:
            await engine.stop()


def application(engine: Engine, store: BlobStore, account: Account, activity: Activity) -> ASGIApp:
    """Both services as one."""
    batch, blobs = batch_app(engine, account), blob_app(store, account)
    prefix = f"/{account.name}"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with activity.request():
            path: str = scope["path"]
            service = blobs if path == prefix or path.startswith(prefix + "/") else batch
            await service(scope, receive, send)

    return app


def moved_url(url: str, ports: Collection[int], port: int) -> str:
    """A URL that an earlier run of this emulator handed out, on today's port; any other as it is."""
    try:
        parts = urlsplit(url)
        known = parts.scheme == "http" and parts.hostname in _LOOPBACK and parts.port in ports
    except ValueError:
        return url
    return parts._replace(netloc=f"127.0.0.1:{port}").geturl() if known else url
