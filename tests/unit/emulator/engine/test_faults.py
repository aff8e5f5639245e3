from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING

import pytest

from batchspec.emulator.engine import bodies, faults
from tests.unit.emulator.engine.conftest import POOL, run_task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start


def _full(*_: object, **__: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_fails_the_task_and_says_so(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            monkeypatch.setattr("batchspec.emulator.engine.processes.spawn", _full)
            task = await run_task(engine, "true")
            assert task.failure is not None
            assert task.failure.code == "DiskFull"
            assert ("Message", os.strerror(errno.ENOSPC)) in task.failure.details

    asyncio.run(main())


def test_a_node_whose_directories_cannot_be_made_is_unusable_until_it_is_rebooted(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with start() as engine:
            with monkeypatch.context() as patch:
                patch.setattr("batchspec.emulator.engine.layout.Layout.make_node", _full)
                pool = engine.add_pool(POOL)
            (node,) = pool.nodes.values()
            assert (node.state, [error.code for error in node.errors]) == ("unusable", ["DiskFull"])
            assert (pool.allocation, engine.busy) == ("steady", False)

            engine.reboot_node("p", node.id)
            task = await run_task(engine, "true")
            assert (task.result, node.errors) == ("success", ())

    asyncio.run(main())


def test_without_pidfds_processes_are_watched_all_the_same(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with start() as engine:
            with monkeypatch.context() as patch:
                patch.delattr(os, "pidfd_open")
                task = await run_task(engine, "sh -c 'exit 3'")
            assert task.exit_code == 3

    asyncio.run(main())


def test_no_secret_of_a_url_is_shown() -> None:
    assert faults.plain("http://user:pw@[::1/c?sig=secret of two words") == "http://[::1/c"
    assert faults.plain("https://user:pw@host:1/c/b?sig=secret#x") == "https://host:1/c/b"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT0.3S", 0.3), ("PT1M", 60), ("PT1H30M", 5400), ("P7D", 604800), ("P1W", 604800), ("P1DT1S", 86401),
     ("-PT5S", -5)],
)  # fmt: skip
def test_durations_are_read(text: str, seconds: float) -> None:
    assert bodies.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "7d", "P1Y", "PT1H x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        bodies.seconds(text)


def test_the_services_word_for_unlimited_is_no_limit() -> None:
    assert bodies.limit({"maxWallClockTime": "P10675199DT2H48M5.4775807S"}) is None


def test_ids_never_become_paths(start: Start, tmp_path: Path) -> None:
    async def main() -> None:
        async with start() as engine:
            for bad in ("..", "a/b", "", "é"):
                with pytest.raises(ValueError, match="not an id"):
                    engine.node_dir(bad, "n")

    asyncio.run(main())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state"]
