"""Start, stop and reset an emulator: one process per directory.

Serving, in this order, each step undone when a later one fails: leave the caller if asked to; hold the
directory; bind a port; open the stores; start the engine; listen; say so in `endpoint.json` and on stdout.

It ends on SIGTERM, SIGINT or SIGHUP (politely; a second one ends it at once), when it has been idle for long
enough, and when it breaks: with exit 4 if the world broke it (a full disk, a damaged file), else 70, a bug.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchspec.emulator.caller import Caller
from batchspec.emulator.clock import Clock
from batchspec.emulator.engine.processes import end_leftovers
from batchspec.emulator.home import LOG_NAME, Home, HomeError, Identity
from batchspec.emulator.wire.account import Account

if TYPE_CHECKING:
    from batchspec.emulator.server import Service

HOST = "127.0.0.1"

_STOP_GRACE = 20.0  # seconds from SIGTERM to SIGKILL: more than server and engine take to end
_POLL = 0.05
_log = logging.getLogger("batchspec.emulator")


@dataclass(frozen=True)
class ServeOptions:
    """How to serve; `port` 0 is the last one if it is free, `idle` 0 never stops by itself. The engine's clock runs at
    `clock_rate`, and the wall clock is wrong by `clock_skew` seconds. With `control` there is a control plane."""

    root: Path
    port: int = 0
    idle: float = 0.0
    as_json: bool = False
    detached: bool = False
    clock_rate: float = 1.0
    clock_skew: float = 0.0
    control: bool = False


def serve(options: ServeOptions) -> int:
    """Serve until told to stop; the exit code. Raises HomeError for what keeps it from starting."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    home = Home(options.root)
    home.make()
    _keep_to_ourselves()
    caller = Caller(options.as_json, home.root / LOG_NAME if options.detached else None)
    caller.fork()
    with home.held():
        os.chdir(home.root)  # the caller's directory may go away, or be closed to us
        home.withdraw()  # left by a process that was killed
        identity = home.identity()
        with closing(_bind(options.port, identity)) as listener:
            port: int = listener.getsockname()[1]
            identity = identity.on_port(port)
            home.save(identity)
            asyncio.run(_serve(home, identity, listener, caller, options))
    return 0


def stop(root: Path) -> str:
    """Stop the emulator of a directory, and say what happened. Raises HomeError."""
    home = Home(root)
    pid = home.holder()
    if pid is None:
        return f"no emulator runs in {root}"
    for number in (signal.SIGTERM, signal.SIGKILL):
        pid = _signal_holder(home, number) or pid
        if _released(home):
            if number is signal.SIGKILL:  # it could not tidy up
                end_leftovers(home.root / "nodes")
                home.withdraw()
            return f"stopped the emulator in {root} (process {pid})"
    raise HomeError(f"the emulator in {root} (process {pid}) does not end; end it by hand")


def reset(root: Path, *, force: bool) -> str:
    """Remove all that an emulator made in its directory, and name it. Raises HomeError when one runs, or none ever
    did."""
    home = Home(root)
    if not root.exists():
        return f"nothing to remove: {root} does not exist"
    if not home.lived_in():
        raise HomeError(f"no emulator has lived in {root}; nothing was removed")
    if force:
        stop(root)
    with home.held():
        removed = home.clear()
    return f"removed from {root}: {', '.join(removed) or 'nothing'}"


def _keep_to_ourselves() -> None:
    """Let no task have what the shell that started us has open: a lock, or the jobserver of make."""
    for fd in (int(entry.name) for entry in Path("/dev/fd").iterdir()):
        if fd > 2:
            with suppress(OSError):  # the one that the list was read from is gone
                os.set_inheritable(fd, False)


async def _serve(
    home: Home, identity: Identity, listener: socket.socket, caller: Caller, options: ServeOptions
) -> None:
    # starlette, uvicorn and the engine are heavy, and only serving needs them
    from batchspec.emulator.server import serving

    told = _on_signals(home.root / "nodes")
    account = Account(identity.name, identity.key_base64, f"http://{HOST}:{identity.ports[-1]}")
    variables = _variables(account)
    clock = Clock(options.clock_rate)
    async with serving(
        home, account, identity.ports, listener, clock, options.clock_skew, control=options.control
    ) as service:
        started = datetime.now(timezone.utc).isoformat(timespec="seconds")
        home.publish({"pid": os.getpid(), "started": started, **variables})
        try:
            caller.tell(variables)
            _log.info("serving %s from %s", account.base_url, home.root)
            _log.info("stopping: %s", await _end(service, told, options.idle))
            with home.explained("state.db"):
                if service.broken.done():
                    raise service.broken.result()
        finally:
            home.withdraw()


async def _end(service: Service, told: asyncio.Future[None], idle: float) -> str:
    """Wait until it is time to end, and say why."""
    quiet = asyncio.ensure_future(_idle(service, idle or float("inf")))
    reasons: list[asyncio.Future[Any]] = [told, service.broken, quiet]
    try:
        await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
    finally:
        quiet.cancel()
    return "told to" if told.done() else "it is broken" if service.broken.done() else f"idle for {idle:g} s"


def _variables(account: Account) -> dict[str, str]:
    """What any client needs, under the names that the Azure tools read."""
    storage = {
        "DefaultEndpointsProtocol": "http",
        "AccountName": account.name,
        "AccountKey": account.key_base64,
        "BlobEndpoint": f"{account.base_url}/{account.name}",
    }
    return {
        "AZURE_BATCH_ACCOUNT_NAME": account.name,
        "AZURE_BATCH_ACCOUNT_KEY": account.key_base64,
        "AZURE_BATCH_ACCOUNT_URL": account.base_url,
        "AZURE_STORAGE_CONNECTION_STRING": "".join(f"{name}={value};" for name, value in storage.items()),
    }


def _on_signals(nodes: Path) -> asyncio.Future[None]:
    """Done at the first signal to end; the second ends this process and all tasks where they stand."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[None] = loop.create_future()

    def handle(number: int) -> None:
        if told.done():
            end_leftovers(nodes)
            os._exit(128 + number)
        told.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, handle, number)
    return told


async def _idle(service: Service, seconds: float) -> None:
    """Return once neither work nor requests were seen for that long."""
    while True:
        work, requests = service.engine.idle_since, service.activity.quiet_since
        left = seconds if work is None or requests is None else max(work, requests) + seconds - time.time()
        if left <= 0:
            return
        await asyncio.sleep(left)


def _bind(port: int, identity: Identity) -> socket.socket:
    """A socket on the port asked for, else on the last one, else on any."""
    if port:
        try:
            return _listen(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise HomeError(f"cannot listen on {HOST}:{port}: {error.strerror}") from None
            raise HomeError(
                f"port {port} on {HOST} is taken; give another with --port, or none to have one chosen"
            ) from None
    for last in identity.ports[-1:]:
        with suppress(OSError):
            return _listen(last)
    return _listen(0)


def _listen(port: int) -> socket.socket:
    # Named as TCP, or asyncio does not turn Nagle's algorithm off and each answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        # a bound port is not ours until the socket listens: with SO_REUSEADDR another may bind it too
        listener.listen(socket.SOMAXCONN)
    except OSError:
        listener.close()
        raise
    return listener


def _signal_holder(home: Home, number: signal.Signals) -> int | None:
    """Signal whoever holds the directory now; the process, or None when nobody does any more."""
    deadline = time.monotonic() + _STOP_GRACE
    while (pid := home.holder()) == 0 and time.monotonic() < deadline:
        time.sleep(_POLL)  # it has just begun and has not said who it is
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    return pid


def _released(home: Home) -> bool:
    deadline = time.monotonic() + _STOP_GRACE
    while home.holder() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True
