"""Resource files and output files, over HTTP."""

from __future__ import annotations

import asyncio
import re
import socket
import stat
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.engine import http, patterns, uploads
from batchspec.emulator.engine.cancel import Cancel, Cancelled
from tests.unit.emulator.engine.conftest import JOB, POOL, output, run_task, until

if TYPE_CHECKING:
    from collections.abc import Callable
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
            again = {"maxTaskRetryCount": 1}
            link = f"sh -c 'ln -s {tmp_path} link; exit 1'"
            files = [{"httpUrl": web.url("/f"), "filePath": path}]
            if path.startswith("link"):
                files[0]["filePath"] = "first"
                engine.add_pool({"id": "p", "targetDedicatedNodes": 1})
                (node,) = engine.pools["p"].nodes.values()
                wd = engine.node_dir("p", node.id) / "workitems/j/job-1/t/wd"
                wd.mkdir(parents=True)
                (wd / "link").symlink_to(tmp_path)
                files[0]["filePath"] = path
            task = await run_task(engine, link, resourceFiles=files, constraints=again)
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


def test_a_variable_that_cannot_be_written_fails_the_task(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            lone = [{"name": "A", "value": "\ud800"}]
            engine.add_pool(POOL)
            engine.add_job(JOB | {"commonEnvironmentSettings": lone})
            engine.add_tasks("j", [{"id": "t", "commandLine": "true"}])
            await until(lambda: not engine.busy)
            task = engine.task("j", "t")
            assert task is not None
            assert task.failure is not None
            assert task.failure.code == "CommandLaunchFailed"

    asyncio.run(main())


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
    start: Start, tmp_path: Path, behave: Callable[[socket.socket], None], how: str
) -> None:
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


def out(web: Web, pattern: str, path: str | None = None, condition: str = "taskcompletion") -> dict[str, Any]:
    container = {"containerUrl": web.url("/acct/out?sig=s")} | ({"path": path} if path else {})
    return {
        "filePattern": pattern,
        "destination": {"container": container},
        "uploadOptions": {"uploadCondition": condition},
    }


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


@pytest.mark.parametrize(
    ("pattern", "fits", "others"),
    [
        ("[z-a]*", ["[z-a]1"], ["z1", "a1", "-1"]),
        ("a[[]*", ["a[b"], ["ab", "a"]),
        ("[a-c]", ["a", "b", "c"], ["d", "-", "/"]),
        ("[!a-c]", ["d", "-"], ["b", "/"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[^a]", ["^", "a"], ["b"]),
        ("[!]", ["!"], ["a"]),
        ("[--a]", ["-", "A"], ["b"]),
        ("[", ["["], ["a"]),
    ],
)
def test_a_set_of_characters_is_what_it_says(pattern: str, fits: list[str], others: list[str]) -> None:
    matches = re.compile(patterns._expression(pattern)).fullmatch

    assert [name for name in fits if not matches(name)] == []
    assert [name for name in others if matches(name)] == []


@given(st.text("[]!^-az*?/\\&~|.", max_size=12))
def test_every_pattern_has_a_meaning(pattern: str) -> None:
    re.compile(patterns._expression(pattern))  # without an error, and without a warning, which is one here


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


def test_the_names_of_directories_above_a_run_are_no_patterns(tmp_path: Path) -> None:
    run_dir = tmp_path / "[a]*?/x"
    (run_dir / "wd").mkdir(parents=True)
    (run_dir / "wd/f").touch()

    for root in (str(run_dir), f"{tmp_path}/../{tmp_path.name}/[a]*?/x"):
        for pattern in ("f", "*", "**/*", f"{run_dir}/wd/f"):
            assert [name for _, name in patterns.matches(root, pattern, None)] == ["f"]


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


def test_urls_of_an_earlier_port_are_mapped_to_todays(start: Start, web: Web) -> None:
    web.files["/f"] = b"x"
    old = "http://127.0.0.1:9"

    async def main() -> None:
        async with start(blob_urls=lambda url: url.replace(old, web.url(""))) as engine:
            task = await run_task(engine, "cat f", resourceFiles=[{"httpUrl": f"{old}/f", "filePath": "f"}])
            assert task.result == "success"

    asyncio.run(main())
