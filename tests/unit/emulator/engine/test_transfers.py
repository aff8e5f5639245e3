"""Transfers of both ways: what nobody foresaw, and a side that does not answer."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from batchspec.emulator.engine import http
from batchspec.emulator.engine.cancel import Cancel, Cancelled
from tests.unit.emulator.engine.conftest import JOB, POOL, run_task, until
from tests.unit.emulator.engine.web import out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start
    from tests.unit.emulator.engine.web import Web


@pytest.mark.parametrize("part", ["downloads.fetch_all", "uploads.Upload.send", "processes.spawn"])
def test_what_nobody_foresaw_fails_the_run_and_is_logged_without_its_secrets(
    start: Start, web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    text = "at http://u:{}@host/c?sig={}".format("pw", "secret")  # not spelt out: a traceback quotes the source

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(text)

    web.files["/f"] = b""

    async def main() -> None:
        async with start() as engine:
            with monkeypatch.context() as patch:
                patch.setattr(f"batchspec.emulator.engine.{part}", broken)
                files = [{"httpUrl": web.url("/f"), "filePath": "f"}]
                task = await run_task(engine, "true", resourceFiles=files, outputFiles=[out(web, "f")])
            assert task.failure is not None
            assert ("Message", "ZeroDivisionError: at http://host/c") in task.failure.details
            assert (task.result, engine.fault) == ("failure", None)

    asyncio.run(main())
    assert "in broken" in caplog.text
    assert "secret" not in caplog.text
    assert "pw" not in caplog.text


def _silent(listener: socket.socket) -> None:
    """Never answers."""


def _stalled(listener: socket.socket) -> None:
    """Begins an answer and never ends it."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
        while connection.recv(1 << 16):
            pass


@pytest.mark.parametrize("behave", [_silent, _stalled])
@pytest.mark.parametrize("how", ["terminate", "stop"])
def test_a_transfer_that_waits_for_the_other_side_ends_when_it_is_told(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behave: Callable[[socket.socket], None], how: str
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", 600.0)  # more than a test may take
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        other = threading.Thread(target=behave, args=(listener,))
        other.start()

        async def main() -> None:
            async with start() as engine:
                engine.add_pool(POOL)
                engine.add_job(JOB)
                url = f"http://127.0.0.1:{listener.getsockname()[1]}/f"
                files = [{"httpUrl": url, "filePath": "f"}]
                engine.add_tasks("j", [{"id": "t", "commandLine": "true", "resourceFiles": files}])
                begun = tmp_path / "state/nodes"
                if behave is _stalled:
                    await until(lambda: any(begun.glob("p/*/workitems/j/job-1/t/wd/f")))
                if how == "terminate":
                    engine.terminate_task("j", "t")
                    await until(lambda: not engine.busy)

        asyncio.run(main())
        other.join()


def test_a_connection_that_does_not_come_about_ends_when_it_is_told() -> None:
    cancel = Cancel()
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as listener:
        address = listener.getsockname()
        # the queue of connections is full with these, and further packets are dropped
        waiting = [socket.socket() for _ in range(4)]
        for line in waiting:
            line.setblocking(False)
            line.connect_ex(address)
        timer = threading.Timer(0.1, cancel.set)
        timer.start()
        with pytest.raises((ConnectionError, Cancelled)):  # not a TimeoutError
            cancel.connect(address, 50.0)
        timer.join()
        cancel.release()
        for line in waiting:
            line.close()

    with pytest.raises(Cancelled):
        cancel.connect(address, 50.0)
