"""A job as it is now, with all that a stage of a run takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchspec.compiler.layout import outputs_folder
from batchspec.compiler.members import ends_by_itself
from batchspec.compiler.recall import recall
from batchspec.errors import NotFound
from batchspec.run.context import Run
from batchspec.run.notes import read
from batchspec.run.retry import quietly, retrying
from batchspec.service.transport import API_VERSION

if TYPE_CHECKING:
    from batchspec.api import Connection
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock, JobView


@dataclass(frozen=True)
class Live:
    """run: the job as a program, and the service that it was read from."""

    connection: Connection
    job: JobView
    run: Run

    @property
    def stage(self) -> tuple[Program, BatchPort, BlobPort, Clock]:
        """What a stage of a run takes."""
        return self.run.program, self.run.batch, self.run.blobs, self.run.clock

    @property
    def complete(self) -> bool:
        """Whether no apply was still adding tasks when the job was looked at."""
        return self.job.armed or self.job.state != "active" or not ends_by_itself(self.run.program)


def live(connection: Connection, job_id: str, container: str = "") -> Live:
    """Look at a job. container: of its outputs, if known. Raises NotFound when it is not there, ServiceError."""
    batch, retry = connection.speaking(API_VERSION), retrying(connection.clock)
    try:
        view = quietly(retry.ask(f"job {job_id}", lambda: batch.get_job(job_id)))
    except NotFound as error:
        message, hint = _gone(connection, job_id, container)
        raise NotFound(message, hint, code=error.code, status=error.status) from error
    program = recall(
        view,
        lambda: quietly(retry.ask("list tasks", lambda: list(batch.task_states(job_id)))),
        lambda: quietly(retry.ask("list tasks", lambda: list(batch.task_bodies(job_id)))),
        API_VERSION,
        stores=connection.stores,
    )
    return Live(connection, view, Run(program, batch, connection.blobs, connection.clock, retry))


def _gone(connection: Connection, job_id: str, container: str) -> tuple[str, str]:
    """What can be known of a job that is not there, in words."""
    folder = f"{outputs_folder(job_id)}/"
    if container:
        asked = retrying(connection.clock).ask("the note of its end", lambda: read(connection.blobs, container, job_id))
        if quietly(asked):
            text = f'there is no job "{job_id}" any more: on_finish has deleted it'
            return text, f"what its tasks have stored is in {container}/{folder}"
    how = "by hand, by destroy, or by on_finish, which leaves what its tasks have stored"
    return f'there is no job "{job_id}"', f"it is of another account or folder, or was deleted: {how}, in {folder}"
