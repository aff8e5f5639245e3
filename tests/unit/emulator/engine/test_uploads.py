"""Output files, over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from batchspec.emulator.engine import http, uploads
from tests.unit.emulator.engine.conftest import output, run_task
from tests.unit.emulator.engine.web import out

if TYPE_CHECKING:
    from tests.unit.emulator.engine.conftest import Start
    from tests.unit.emulator.engine.web import Web


MAKE = """sh -c 'mkdir -p d/e; echo 1 > a.txt; echo 2 > d/b.txt; echo 3 > d/e/c.txt; echo 4 > n.csv; echo out;
ln -s /etc/hostname leak.txt; ln -s /etc d/etc'"""
PATTERNS: dict[str, tuple[str, str | None, set[str]]] = {
    "one file under its own name": ("a.txt", None, {"a.txt"}),
    "one file under another": ("d/b.txt", "x/y.bin", {"x/y.bin"}),
    "a name with a wildcard": ("*.txt", None, {"a.txt"}),
    "a wildcard below a virtual directory": ("*.txt", "res", {"res/a.txt"}),
    "any depth": ("**/*.txt", "res", {"res/a.txt", "res/d/b.txt", "res/d/e/c.txt"}),
    "any depth below a directory": ("d/**/*", "res/", {"res/b.txt", "res/e/c.txt"}),
    "one character": ("?.csv", None, {"n.csv"}),
    "a set": ("[!a].csv", None, {"n.csv"}),
    "the streams": ("../std*.txt", "logs", {"logs/stdout.txt", "logs/stderr.txt"}),
    "one stream": ("../stdout.txt", None, {"stdout.txt"}),
    "nothing": ("missing*", "res", set()),
    "nothing outside": ("../../../../../../*/state.db", "res", set()),
    "no link to the outside": ("leak.txt", None, set()),
    "nothing through links": ("d/etc/*", None, set()),
}


@pytest.mark.parametrize(("pattern", "path", "blobs"), PATTERNS.values(), ids=PATTERNS.keys())
def test_output_files_go_where_their_pattern_says(
    start: Start, web: Web, pattern: str, path: str | None, blobs: set[str]
) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, MAKE, outputFiles=[out(web, pattern, path)])
            assert task.result == "success"

    asyncio.run(main())
    assert set(web.files) == {f"/acct/out/{name}" for name in blobs}


def test_a_name_that_is_no_text_goes_with_its_bytes(start: Start, web: Web) -> None:
    async def main() -> None:
        async with start() as engine:
            make = r"""sh -c 'touch "$(printf "caf\351.txt")"'"""
            task = await run_task(engine, make, outputFiles=[out(web, "*.txt")])
            assert task.result == "success"
            directory = engine.task_dir(task)
            assert directory is not None
            assert b"wd/caf\xe9.txt -> " in (directory / "fileuploadout.txt").read_bytes()

    asyncio.run(main())
    assert [request.split("?")[0] for request in web.requests] == ["PUT /acct/out/caf%E9.txt"]


def test_a_name_that_storage_refuses_is_said(start: Start, web: Web) -> None:
    web.failures["/acct/out/caf\ufffd.txt"] = [400]

    async def main() -> None:
        async with start() as engine:
            make = r"""sh -c 'touch "$(printf "caf\351.txt")"'"""
            task = await run_task(engine, make, outputFiles=[out(web, "*.txt")])
            assert task.failure is not None
            assert task.failure.code == "FileUploadMiscError"
            assert "caf%E9.txt" in str(task.failure)
            directory = engine.task_dir(task)
            assert directory is not None
            assert b"wd/caf\xe9.txt: HTTP 400" in (directory / "fileuploaderr.txt").read_bytes()

    asyncio.run(main())


@pytest.mark.parametrize("container", ["http://[::1/c?sig=secret", "ftp://127.0.0.1/c?sig=secret"])
def test_a_container_that_is_no_url_fails_the_upload(start: Start, web: Web, container: str) -> None:
    async def main() -> None:
        async with start() as engine:
            output_file = out(web, "../stdout.txt")
            output_file["destination"]["container"]["containerUrl"] = container
            task = await run_task(engine, "true", outputFiles=[output_file])
            assert task.failure is not None
            assert task.failure.code == "FileUploadMiscError"
            assert "secret" not in str(task.failure)

    asyncio.run(main())


@pytest.mark.parametrize(("command", "sent"), [("true", {"ok", "all"}), ("false", {"bad", "all"})])
def test_output_files_go_when_their_condition_holds(start: Start, web: Web, command: str, sent: set[str]) -> None:
    async def main() -> None:
        async with start() as engine:
            conditions = {"ok": "tasksuccess", "bad": "taskfailure", "all": "taskcompletion"}
            files = [out(web, "../stdout.txt", path, condition) for path, condition in conditions.items()]
            await run_task(engine, command, outputFiles=files)

    asyncio.run(main())
    assert set(web.files) == {f"/acct/out/{name}" for name in sent}


def test_large_files_go_in_blocks_that_are_tried_again(start: Start, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "BLOCK", 1000)
    monkeypatch.setattr(http, "PAUSES", (0.0, 0.0, 0.0))
    web.failures["/acct/out/big"] = [503]

    async def main() -> None:
        async with start() as engine:
            command = "sh -c 'seq 1 1000 > big'"
            task = await run_task(engine, command, outputFiles=[out(web, "big")])
            assert task.result == "success"

    asyncio.run(main())
    assert web.files["/acct/out/big"] == b"".join(b"%d\n" % n for n in range(1, 1001))


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "FileUploadContainerNotFound"), (403, "FileUploadAccessDenied"), (409, "FileUploadMiscError")],
)
def test_a_refused_upload_fails_the_task(start: Start, web: Web, status: int, code: str) -> None:
    web.failures["/acct/out/stdout.txt"] = [status]

    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, "true", outputFiles=[out(web, "../stdout.txt")])
            assert (task.exit_code, task.result, task.failure and task.failure.code) == (0, "failure", code)
            assert "../stdout.txt" in output(engine, task, "fileuploaderr.txt")

    asyncio.run(main())
