"""The operations table and the router, against the official document."""

from __future__ import annotations

import pytest

from batchspec.emulator.batch.operations import OPERATIONS
from batchspec.emulator.batch.routes import Router
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.request import Request
from batchspec.emulator.wire.versions import V2024, V2025
from tests.contract.batch.openapi import operations

ROUTER = Router(OPERATIONS)
ROWS = {row.name: row for row in OPERATIONS}


def find(method: str, path: str, version: str = V2025) -> tuple[str, dict[str, str]]:
    operation, args = ROUTER.find(Request(method, path, (), {}, version=version))
    return operation.name, dict(args)


def test_every_operation_of_the_document_has_a_row_at_its_place() -> None:
    places = {name: (method, path) for name, (method, path, _) in operations().items()}

    assert {row.name: (row.method, row.path) for row in OPERATIONS if row.versions != (V2025,)} == places


def test_a_row_understands_the_query_that_the_document_gives_it() -> None:
    ours_alone = {"$skiptoken", "force"}  # in the links we write; new in 2025-06-01
    for row in OPERATIONS:
        if row.handler is None:
            continue
        parameters = operations()[row.name][2]["parameters"]
        documented = {p["name"].lower() for p in parameters if p["in"] == "query"} - {"api-version", "timeout"}
        assert documented == set(row.query) - ours_alone, row.name


def test_every_row_is_found_by_its_own_path() -> None:
    for row in OPERATIONS:
        path = row.path.replace("{", "x-").replace("}", "")
        assert find(row.method, path, row.versions[0])[0] == row.name


@pytest.mark.parametrize(
    ("path", "file"),
    [("wd%2Fa%20b.txt", "wd/a b.txt"), ("wd/a%20b.txt", "wd/a b.txt"), ("stdout.txt", "stdout.txt")],
)
def test_a_file_is_one_segment_or_several(path: str, file: str) -> None:
    assert find("GET", f"/jobs/j/tasks/t/files/{path}") == (
        "File_GetFromTask",
        {"jobId": "j", "taskId": "t", "filePath": file},
    )


def test_an_operation_that_a_version_has_not_is_no_resource() -> None:
    assert find("POST", "/pools/p/nodes/n/start")[0] == "ComputeNode_Start"
    with pytest.raises(BatchError) as refusal:
        find("POST", "/pools/p/nodes/n/start", V2024)

    assert refusal.value.code == "InvalidUri"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/", "InvalidUri"),
        ("GET", "/nothing", "InvalidUri"),
        ("GET", "/pools/p/nodes/n/more/of/it", "InvalidUri"),
        ("PUT", "/pools", "UnsupportedHttpVerb"),
        ("BREW", "/jobs/j", "UnsupportedHttpVerb"),
    ],
)
def test_what_is_not_there_is_said_as_the_service_says_it(method: str, path: str, code: str) -> None:
    with pytest.raises(BatchError) as refusal:
        find(method, path)

    assert refusal.value.code == code
