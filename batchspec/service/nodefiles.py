"""Files on the nodes over the wire."""

from __future__ import annotations

from batchspec.errors import Refused
from batchspec.ports import PIECE
from batchspec.service.translate import understood
from batchspec.service.transport import Transport, path_of


class Files(Transport):
    """See `batchspec.ports.batch.Files`."""

    def read_task_file(self, job_id: str, task_id: str, path: str, offset: int) -> bytes:
        return self._content(path_of("jobs", job_id, "tasks", task_id, "files", path), offset)

    def task_file_size(self, job_id: str, task_id: str, path: str) -> int:
        return self._size(path_of("jobs", job_id, "tasks", task_id, "files", path))

    def read_node_file(self, pool_id: str, node_id: str, path: str, offset: int) -> bytes:
        return self._content(path_of("pools", pool_id, "nodes", node_id, "files", path), offset)

    def _content(self, path: str, offset: int) -> bytes:
        if offset < 0:
            size = self._size(path)
            offset = max(0, size + offset)
            if size == 0:
                return b""
        try:
            answer = self.send("GET", path, headers={"ocp-range": f"bytes={offset}-{offset + PIECE - 1}"})
        except Refused as error:
            if error.status == 416:  # the range starts where the file ends
                return b""
            raise
        content: bytes = answer.content
        return content

    def _size(self, path: str) -> int:
        answer = self.send("HEAD", path)
        with understood(self.url):
            return int(answer.headers.get("Content-Length") or 0)
