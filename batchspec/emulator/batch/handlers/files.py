"""File_*: the same five operations below a task's directory and below a node's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batchspec.emulator.batch.call import Call
from batchspec.emulator.batch.documents.members import moment, segment
from batchspec.emulator.batch.nodefiles import NodeFile, delete_file, find_file, list_files, stream
from batchspec.emulator.wire.answer import Answer
from batchspec.emulator.wire.conditions import check_conditions
from batchspec.emulator.wire.errors import BatchError, header_error
from batchspec.emulator.wire.odata.ast import matches
from batchspec.emulator.wire.odata.lists import FILES
from batchspec.emulator.wire.paging import read_token
from batchspec.emulator.wire.times import header_time

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})?")
_BYTES = "application/octet-stream"


class Place:
    """A directory whose files are served: its path, the node that fences it, its URL."""

    def __init__(self, root: Path, fence: Path, url: str) -> None:
        self.root, self.fence, self.url = root, fence, url


def of_task(call: Call) -> Place:
    """The directory of the task that the path names."""
    task = call.task()
    root = call.engine.task_dir(task)
    if task.pool_id is None or task.node_id is None:
        raise BatchError("TaskFilesUnavailable", [("Reason", "the task has not run")])
    if root is None:
        node = call.engine.node(task.pool_id, task.node_id)
        gone = node is None or not node.reachable
        raise BatchError("TaskFilesUnavailable" if gone else "TaskFilesCleanedup")
    fence = call.engine.node_dir(task.pool_id, task.node_id)
    return Place(root, fence, f"{call.view.task_url(task.job.id, task.id)}/files")


def of_node(call: Call) -> Place:
    """The root directory of the node that the path names."""
    node = call.node()
    if not node.reachable:
        raise BatchError("NodeStateUnusable", [("NodeState", node.state)])
    root = call.engine.node_dir(node.pool.id, node.id)
    return Place(root, root, f"{call.view.node_url(node.pool.id, node.id)}/files")


def get(place_of: Callable[[Call], Place]) -> Callable[[Call], Answer]:
    """File_GetFromTask and File_GetFromComputeNode; a range, too, is answered with 200."""

    def handler(call: Call) -> Answer:
        place, file = _find(call, place_of)
        headers = _headers(place, file)
        if file.is_directory:
            return Answer(200, headers)
        start, length = _range(call, _length(file))
        return Answer(200, {**headers, "Content-Length": str(length)}, stream=stream(file, start, length))

    return handler


def properties(place_of: Callable[[Call], Place]) -> Callable[[Call], Answer]:
    """File_GetPropertiesFromTask and File_GetPropertiesFromComputeNode."""

    def handler(call: Call) -> Answer:
        place, file = _find(call, place_of)
        return Answer(200, {**_headers(place, file), "Content-Length": str(_length(file))})

    return handler


def delete(place_of: Callable[[Call], Place]) -> Callable[[Call], Answer]:
    """File_DeleteFromTask and File_DeleteFromComputeNode."""

    def handler(call: Call) -> Answer:
        place = place_of(call)
        recursive = call.request.flag("recursive")
        delete_file(place.root, call.args["filePath"], place.fence, recursive=recursive)
        return Answer(200)

    return handler


def list_all(place_of: Callable[[Call], Place]) -> Callable[[Call], Answer]:
    """File_ListFromTask and File_ListFromComputeNode."""

    def handler(call: Call) -> Answer:
        place = place_of(call)
        wanted, after = call.filter(FILES), read_token(call.request) or ""
        files = (
            file
            for file in list_files(place.root, place.fence, recursive=call.request.flag("recursive"))
            if file.name > after and (wanted is None or matches(wanted, {"name": file.name}.get))
        )
        return call.page("files", files, lambda file: file.name, lambda page: [_document(place, file) for file in page])

    return handler


def _find(call: Call, place_of: Callable[[Call], Place]) -> tuple[Place, NodeFile]:
    place = place_of(call)
    file = find_file(place.root, call.args["filePath"], place.fence)
    check_conditions(call.request.headers, "", file.status.st_mtime, read=True)
    return place, file


def _range(call: Call, size: int) -> tuple[int, int]:
    text = call.request.headers.get("ocp-range")
    if text is None:
        return 0, size
    match = _RANGE.fullmatch(text)
    if match is None:
        raise header_error("ocp-range", text, "expected bytes=first-last")
    first = int(match[1])
    last = size - 1 if match[2] is None else min(int(match[2]), size - 1)
    if first > last:
        raise BatchError("InvalidRange", [("FileLength", str(size))])
    return first, last - first + 1


def _length(file: NodeFile) -> int:
    return 0 if file.is_directory else file.status.st_size


def _headers(place: Place, file: NodeFile) -> dict[str, str]:
    return {
        "Content-Type": _BYTES,
        "Last-Modified": header_time(file.status.st_mtime),
        "ocp-creation-time": header_time(file.created),
        "ocp-batch-file-isdirectory": str(file.is_directory),
        "ocp-batch-file-url": quote(_url(place, file), safe=""),
        "ocp-batch-file-mode": file.mode,
    }


def _document(place: Place, file: NodeFile) -> dict[str, Any]:
    document: dict[str, Any] = {"name": file.name, "url": _url(place, file), "isDirectory": file.is_directory}
    if not file.is_directory:
        document["properties"] = {
            "creationTime": moment(file.created),
            "lastModified": moment(file.status.st_mtime),
            "contentLength": file.status.st_size,
            "contentType": _BYTES,
            "fileMode": file.mode,
        }
    return document


def _url(place: Place, file: NodeFile) -> str:
    return f"{place.url}/{'/'.join(map(segment, file.name.split('/')))}"
