"""What a run gives to storage without a connection: few and small files beside its working directory."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.engine.patterns import matches
from tests.unit.emulator.engine.conftest import output, run_task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start
    from tests.unit.emulator.engine.web import Web


@dataclass
class Shelf:
    """A service in this process; it takes what `refused` does not name."""

    refused: frozenset[str] = frozenset()
    taken: dict[str, bytes] = field(default_factory=dict)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def put(self, url: str, headers: Mapping[str, str], data: bytes) -> bool:
        name = url.partition("?")[0].rpartition("/")[2]
        if name in self.refused:
            return False
        self.taken[name] = data
        self.headers.append(headers)
        return True


def entry(web: Web, pattern: str, **container: Any) -> dict[str, Any]:
    return {
        "filePattern": pattern,
        "destination": {"container": {"containerUrl": web.url("/acct/out?sig=secret"), **container}},
        "uploadOptions": {"uploadCondition": "taskcompletion"},
    }


def uploaded(start: Start, shelf: Shelf, command: str, *entries: dict[str, Any]) -> tuple[str | None, str]:
    """The code of the failure, if any, and the log."""

    async def main() -> tuple[str | None, str]:
        async with start(blob_put=shelf.put) as engine:
            task = await run_task(engine, command, outputFiles=list(entries))
            return None if task.failure is None else task.failure.code, output(engine, task, "fileuploadout.txt")

    return asyncio.run(main())


def test_what_a_task_prints_needs_no_connection(start: Start, web: Web) -> None:
    shelf = Shelf()

    code, log = uploaded(start, shelf, "sh -c 'echo out; echo err >&2'", entry(web, "../std*.txt"))

    assert (code, shelf.taken, web.requests) == (None, {"stdout.txt": b"out\n", "stderr.txt": b"err\n"}, [])
    assert shelf.headers[0]["x-ms-blob-type"] == "BlockBlob"
    assert [line.rpartition("/")[2] for line in log.splitlines()[1:]] == ["stderr.txt", "stdout.txt"]
    assert "secret" not in log


def test_what_is_refused_goes_over_http_which_says_why_and_nothing_goes_twice(start: Start, web: Web) -> None:
    shelf = Shelf(frozenset({"stdout.txt"}))
    web.failures["/acct/out/stdout.txt"] = [403]

    code, log = uploaded(start, shelf, "true", entry(web, "../std*.txt"))

    assert (code, list(shelf.taken)) == ("FileUploadAccessDenied", ["stderr.txt"])
    assert [request.partition("?")[0] for request in web.requests] == ["PUT /acct/out/stdout.txt"]
    assert log.count(" -> ") == 2


LARGE = 64 * 1024 + 1
FAR: dict[str, tuple[str, str, dict[str, Any], set[str], int]] = {
    "a large file": (f"head -c {LARGE} /dev/zero", "../stdout.txt", {}, {"stdout.txt"}, 0),
    "one with headers of its own": (
        "true", "../stdout.txt", {"uploadHeaders": [{"name": "a", "value": "b"}]}, {"stdout.txt"}, 0,
    ),
    "what stands in the working directory": ("touch a b", "*", {}, {"a", "b"}, 0),
    "what stands deeper": ("sh -c 'mkdir ../d; touch ../d/a'", "../d/*", {}, {"a"}, 0),
    "what comes after a few": (
        "sh -c 'for n in 0 1 2 3 4 5 6 7 8 9; do touch ../n$n; done'", "../n*", {}, {"n8", "n9"}, 8,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("command", "pattern", "container", "far", "near"), FAR.values(), ids=FAR.keys())
def test_what_may_take_long_goes_over_http(
    start: Start, web: Web, command: str, pattern: str, container: dict[str, Any], far: set[str], near: int
) -> None:
    shelf = Shelf()

    code, log = uploaded(start, shelf, command, entry(web, pattern, **container))

    assert (code, set(web.files)) == (None, {f"/acct/out/{name}" for name in far})
    assert (len(shelf.taken), log.count(" -> ")) == (near, near + len(far))


def test_an_error_in_finding_the_files_fails_the_task_and_nothing_else(start: Start, web: Web) -> None:
    async def main() -> None:
        async with start(blob_put=Shelf().put) as engine:
            task = await run_task(engine, "sh -c 'mkdir ../fileuploadout.txt'", outputFiles=[entry(web, "../std*.txt")])
            assert task.failure is not None
            assert (task.failure.code, engine.fault) == ("FileUploadMiscError", None)

    asyncio.run(main())


def test_the_working_directory_is_not_searched_for_what_stands_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wd/deep").mkdir(parents=True)
    (tmp_path / "stdout.txt").touch()
    looked, scandir = [], os.scandir

    def look(path: str) -> Any:
        looked.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", look)

    assert list(matches(str(tmp_path), "../std*.txt", "p")) == [(f"{tmp_path}/stdout.txt", "p/stdout.txt")]
    assert looked == [str(tmp_path)]
