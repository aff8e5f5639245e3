"""Resource files, over HTTP."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING

import pytest

from batchspec.emulator.engine import http
from tests.unit.emulator.engine.conftest import POOL, output, run_task, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start
    from tests.unit.emulator.engine.web import Web


def test_resource_files_are_there_with_their_mode_before_the_command(start: Start, web: Web) -> None:
    web.files["/c/run.sh"] = b"#!/bin/sh\ncat data/in\n"
    web.files["/c/in"] = b"hello"

    async def main() -> None:
        async with start() as engine:
            files = [
                {"httpUrl": web.url("/c/run.sh"), "filePath": "run.sh", "fileMode": "0750"},
                {"httpUrl": web.url("/c/in?sig=x"), "filePath": "data/in"},
            ]
            task = await run_task(engine, "./run.sh", resourceFiles=files)
            directory = engine.task_dir(task)
            assert directory is not None
            assert (task.result, output(engine, task)) == ("success", "hello")
            assert stat.S_IMODE((directory / "wd/run.sh").stat().st_mode) == 0o750

    asyncio.run(main())


def test_a_container_comes_whole_page_by_page_with_the_names_of_its_blobs(start: Start, web: Web) -> None:
    for name in ("in/a", "in/b c", "in/deep/d", "in/e", "other"):
        web.files[f"/acct/box/{name}"] = name.encode()

    async def main() -> None:
        async with start() as engine:
            box = {"storageContainerUrl": web.url("/acct/box?sv=1&sig=secret"), "blobPrefix": "in/", "filePath": "x"}
            task = await run_task(engine, "find . -type f", resourceFiles=[box])
            found = sorted(output(engine, task).split("\n"))
            assert found == ["", "./x/in/a", "./x/in/b c", "./x/in/deep/d", "./x/in/e"]

    asyncio.run(main())
    assert all("sig=secret" in request for request in web.requests)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [([500, 503], None), ([404], "BlobNotFound"), ([403], "BlobAccessDenied"), ([500] * 9, "BlobDownloadMiscError")],
)
def test_a_download_is_tried_again_when_the_server_falters(
    start: Start, web: Web, monkeypatch: pytest.MonkeyPatch, statuses: list[int], code: str | None
) -> None:
    monkeypatch.setattr(http, "PAUSES", (0.0, 0.0, 0.0))
    web.files["/f"], web.failures["/f"] = b"x", statuses

    async def main() -> None:
        async with start() as engine:
            files = [{"httpUrl": web.url("/f?sig=secret"), "filePath": "f"}]
            task = await run_task(engine, "cat f", resourceFiles=files)
            assert (task.failure and task.failure.code) == code
            assert "secret" not in str(task.failure)
            assert task.exit_code == (None if code else 0)

    asyncio.run(main())


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "link/x"])
def test_a_resource_file_never_leaves_the_working_directory(start: Start, web: Web, path: str, tmp_path: Path) -> None:
    web.files["/f"] = b"x"

    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            (node,) = engine.pools["p"].nodes.values()
            wd = engine.node_dir("p", node.id) / "workitems/j/job-1/t/wd"
            wd.mkdir(parents=True)
            (wd / "link").symlink_to(tmp_path)
            task = await run_task(engine, "true", resourceFiles=[{"httpUrl": web.url("/f"), "filePath": path}])
            assert task.failure is not None
            assert task.failure.code == "ResourceFileCreateFailed"

    asyncio.run(main())
    assert not (tmp_path / "x").exists()


def test_only_http_urls_are_fetched(start: Start, tmp_path: Path) -> None:
    async def main() -> None:
        async with start() as engine:
            files = [{"httpUrl": f"file://{tmp_path}/secret", "filePath": "f"}]
            task = await run_task(engine, "true", resourceFiles=files)
            assert task.failure is not None
            assert task.failure.code == "BlobDownloadMiscError"

    asyncio.run(main())


def test_a_url_may_be_written_with_letters_of_any_language(start: Start, web: Web) -> None:
    web.files["/café/ü x"] = b"hello"

    async def main() -> None:
        async with start() as engine:
            files = [{"httpUrl": web.url("/café/%C3%BC x?sig=é"), "filePath": "f"}]
            task = await run_task(engine, "cat f", resourceFiles=files)
            assert output(engine, task) == "hello"

    asyncio.run(main())


@pytest.mark.parametrize(
    "entry",
    [
        {"httpUrl": "http://[::1/f?sig=secret", "filePath": "f"},
        {"httpUrl": f"http://{'a' * 64}.example/f?sig=secret", "filePath": "f"},
        {"httpUrl": "http://127.0.0.1:port/f?sig=secret", "filePath": "f"},
        {"httpUrl": "http:///f?sig=secret", "filePath": "f"},
        {"httpUrl": "REDIRECTED", "filePath": "f"},
        {"storageContainerUrl": "http://[::1/c?sig=secret"},
    ],
    ids=["half an address", "a long label", "a port in letters", "no host", "a redirect", "a container"],
)
def test_a_url_that_is_none_fails_its_task_and_nothing_else(start: Start, web: Web, entry: dict[str, str]) -> None:
    web.redirects["/f"] = "http://[::1/f?sig=secret"
    entry = {name: value.replace("REDIRECTED", web.url("/f")) for name, value in entry.items()}

    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, "true", resourceFiles=[entry])
            assert (task.result, task.failure and task.failure.code) == ("failure", "BlobDownloadMiscError")
            assert "secret" not in str(task.failure)
            engine.add_tasks("j", [{"id": "next", "commandLine": "true"}])
            await until(lambda: not engine.busy)
            assert task.job.by_key["next"].result == "success"

    asyncio.run(main())


def test_urls_of_an_earlier_port_are_mapped_to_todays(start: Start, web: Web) -> None:
    web.files["/f"] = b"x"
    old = "http://127.0.0.1:9"

    async def main() -> None:
        async with start(blob_urls=lambda url: url.replace(old, web.url(""))) as engine:
            task = await run_task(engine, "cat f", resourceFiles=[{"httpUrl": f"{old}/f", "filePath": "f"}])
            assert task.result == "success"

    asyncio.run(main())
