"""Both services on one port: blobs below `/<account name>`, the Batch service everywhere else."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from batchspec.emulator.batch.app import batch_app
from batchspec.emulator.blob.app import BlobService
from batchspec.emulator.blob.store import BlobStore
from batchspec.emulator.clock import Clock
from batchspec.emulator.control import PREFIX
from batchspec.emulator.engine.engine import Engine
from batchspec.emulator.engine.store import WrongVersion
from batchspec.emulator.home import Home
from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.times import header_time

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SHUTDOWN_GRACE = 3  # seconds for answers that are under way


@dataclass(frozen=True)
class Wall:
    """The time between this service and its callers: real time, however fast the engine's clock runs, and wrong by
    `skew` seconds. Signatures and SAS are checked against it, blobs and answers are dated with it."""

    skew: float = 0.0

    def seconds(self) -> float:
        """UNIX seconds."""
        return time.time() + self.skew

    def moment(self) -> datetime:
        """The same, aware."""
        return datetime.fromtimestamp(self.seconds(), timezone.utc)

    def dated(self, send: Send) -> Send:
        """`send`, with the `Date` header put on every answer."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", header_time(self.seconds()).encode())
                message = {**message, "headers": [*message.get("headers", ()), date]}
            await send(message)

        return sending


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

    def __init__(self, app: ASGIApp, *, control: bool = False) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="batchspec.emulator.control.connection:OpenProtocol" if control else "httptools",
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                date_header=False,  # ours may be wrong on purpose
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
    home: Home, account: Account, ports: Collection[int], listener: socket.socket, clock: Clock, skew: float = 0.0,
    *, control: bool = False,
) -> AsyncIterator[Service]:  # fmt: skip
    """Both services, ready within the block and gone after it.

    `ports` are those that URLs handed out before may name; the wall clock is wrong by `skew` seconds; with
    `control` there is a control plane. Raises HomeError for state that cannot be used.
    """
    loop = asyncio.get_running_loop()
    broken: asyncio.Future[BaseException] = loop.create_future()
    port = listener.getsockname()[1]

    def give_up(error: BaseException) -> None:
        if not broken.done():
            broken.set_result(error)

    def on_fault(error: BaseException) -> None:
        loop.call_soon_threadsafe(give_up, error)

    wall = Wall(skew)
    with home.explained("blobs.db"):
        store = BlobStore(home.root, wall.moment)
    with closing(store):
        blobs = BlobService(store, account, wall.moment)
        engine = Engine(
            home.root,
            account.name,
            account_url=account.base_url,
            blob_urls=lambda url: moved_url(url, ports, port),
            blob_put=None if control else blobs.put,  # faults are for requests
            clock=clock,
            alone=True,
            on_fault=on_fault,
        )
        try:
            with home.explained("state.db"):
                await engine.start()
        except WrongVersion as error:
            raise home.of_another_version("state.db", error) from None
        try:
            activity = Activity()
            app = application(engine, blobs, account, activity, wall, control=control)
            server = HttpServer(app, control=control)
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


def application(
    engine: Engine, blobs: ASGIApp, account: Account, activity: Activity, wall: Wall, *, control: bool = False
) -> ASGIApp:
    """Both services as one; with `control`, faults can be asked for below `/_emulator/`."""
    batch: ASGIApp = batch_app(engine, account, clock=wall.seconds)
    prefix = f"/{account.name}"
    plane: ASGIApp | None = None
    if control:
        # starlette's applications take a while to import, and only tests have a control plane
        from batchspec.emulator.control.app import control_app
        from batchspec.emulator.control.layer import around
        from batchspec.emulator.control.ledger import Ledger

        ledger = Ledger()
        plane = control_app(engine, ledger)
        batch = around(ledger, "batch", batch, account.base_url)
        blobs = around(ledger, "blob", blobs, account.base_url)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with activity.request():
            path: str = scope["path"]
            service = blobs if path == prefix or path.startswith(prefix + "/") else batch
            if plane is not None and path.startswith(PREFIX):
                service = plane
            await service(scope, receive, wall.dated(send))

    return app


def moved_url(url: str, ports: Collection[int], port: int) -> str:
    """A URL that an earlier run of this emulator handed out, on today's port; any other as it is."""
    try:
        parts = urlsplit(url)
        known = parts.scheme == "http" and parts.hostname in _LOOPBACK and parts.port in ports
    except ValueError:
        return url
    return parts._replace(netloc=f"127.0.0.1:{port}").geturl() if known else url
