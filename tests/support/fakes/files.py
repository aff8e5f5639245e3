"""The requests for files on nodes."""

from __future__ import annotations

from batchspec.errors import Conflict, NotFound
from batchspec.ports import PIECE
from tests.support.fakes.faults import request
from tests.support.fakes.state import State


class Files(State):
    """What tasks print is what their behaviour says."""

    @request
    def read_task_file(self, job_id: str, task_id: str, path: str, offset: int) -> bytes:
        task = self._task(job_id, task_id)
        if task_id in self.lost:
            raise Conflict("the node is gone", code="NodeNotFound", status=409)
        if task.view.started is None:
            raise NotFound("no file", code="FileNotFound", status=404)
        text = self._text(task_id, path)
        if self._of(task_id).endless:
            return text
        if task.view.state == "running":
            # Half of it is there while the task runs, whatever character that cuts through.
            text = text[: len(text) // 2]
        return bytes(text[offset:][:PIECE])

    @request
    def task_file_size(self, job_id: str, task_id: str, path: str) -> int:
        if task_id in self.lost:
            raise Conflict("the node is gone", code="NodeNotFound", status=409)
        if self._task(job_id, task_id).view.started is None:
            raise NotFound("no file", code="FileNotFound", status=404)
        return len(self._text(task_id, path))

    def _text(self, task_id: str, path: str) -> bytes:
        return bytes(getattr(self._of(task_id), path.removesuffix(".txt")).encode())

    @request
    def read_node_file(self, pool_id: str, node_id: str, path: str, offset: int) -> bytes:  # noqa: ARG002  # the port's
        if path not in self.node_files:
            raise NotFound("no file", code="FileNotFound", status=404)
        return self.node_files[path].encode()[offset:]
