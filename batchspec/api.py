"""The line, for library users: every stage is one function; only `connect` and what comes after it reach out.

read -> load -> check -> compile -> apply -> report
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from batchspec.check.files import TARGETS, Checked, check_files, validate
from batchspec.errors import LocalFailure, UsageError
from batchspec.spec.build import Spec

if TYPE_CHECKING:
    from batchspec.compiler.links import Links
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

LONGEST_ID = 64  # characters of a job's id: the REST reference, Job - Add

__all__ = ["TARGETS", "Checked", "Connection", "check_files", "compile_program", "connect", "validate"]


def compile_program(spec: Spec, links: Links, job_id: str | None = None) -> Program:
    """The request bodies of a spec and the files to move. Raises LocalFailure when an input cannot be read.

    job_id: of a further run of the job, in place of the one that the spec says.
    """
    from batchspec.compiler.compile import compile_spec

    try:
        return compile_spec(spec, links, job_id)
    except OSError as error:
        raise LocalFailure(f"cannot read the input {error.filename}: {error.strerror}") from error


@dataclass(frozen=True)
class Connection:
    """A service to talk to: an Azure account, or the one on this machine. Nothing else tells them apart."""

    target: str
    label: str
    blobs: BlobPort
    clock: Clock
    speaking: Callable[[str], BatchPort]  # an API version
    stores: bool = True  # whether there is a storage account
    account_key: str | None = field(default=None, repr=False)  # of the Batch account

    def program(self, spec: Spec, *, rerun: bool = False, run: str | None = None) -> Program:
        """The spec compiled for the newest run of its job, with links into this connection's storage.

        rerun: for the next run once that one has ended. run: for another that is there, by its number or its job's id.
        Raises ServiceError, LocalFailure, and UsageError when there is no such run, or the next one's id would be too
        long.
        """
        from batchspec.compiler.links import Signed

        storage = spec.keys.storage
        lifetime = storage.sas_lifetime if storage is not None else Signed.LIFETIME
        now = self.clock.now()
        links = Signed(self.blobs, now + lifetime, now, stores=self.stores, account_key=self.account_key)
        return compile_program(spec, links, self._run_id(spec, rerun, run))

    def _run_id(self, spec: Spec, rerun: bool, run: str | None) -> str | None:
        from batchspec.planning.jobs import OVER
        from batchspec.run.reruns import following, the_one, there

        job = spec.keys.job
        if job is None or spec.keys.schedule is not None:
            if run is not None and job is None:
                raise UsageError(f'the spec "{spec.keys.name}" has no job, and so no runs')
            return None
        found = there(self.speaking(spec.keys.api_version), self.clock, spec.keys.name, job.id)
        if run is not None:
            return the_one(found, job.id, run).id
        if not found:
            return None
        latest = found[0]
        if not rerun or latest.state not in OVER:
            return latest.id
        made = following(latest.id, job.id)
        if len(made) > LONGEST_ID:
            message = f'the next run\'s id "{made}" is longer than {LONGEST_ID} characters'
            raise UsageError(message, "give the job a shorter id")
        return made

    def batch(self, program: Program) -> BatchPort:
        """The service, spoken to in the program's API version: its bodies have that version's fields."""
        return self.speaking(program.api_version)

    def world(self, program: Program) -> tuple[BatchPort, BlobPort, Clock]:
        """What every stage of a run takes behind its program."""
        return self.batch(program), self.blobs, self.clock


@contextmanager
def connect(target: str | None, environ: Mapping[str, str], folder: Path = Path()) -> Iterator[Connection]:
    """The service of a target, its connections closed at the end.

    target: local, azure or a spec's own; None is the account in `environ` when there is one, otherwise local.
    folder: where the local target keeps its state. Raises UsageError, LocalFailure.
    """
    from batchspec.service.account import resolve
    from batchspec.service.batch import AzureBatch
    from batchspec.service.blob import AzureBlob
    from batchspec.service.clock import SystemClock

    account = resolve(target, environ, folder)
    with ExitStack() as stack:
        blobs = stack.enter_context(closing(AzureBlob(account)))
        speaking = cache(lambda version: stack.enter_context(closing(AzureBatch(account, version))))
        stores = account.storage is not None
        yield Connection(
            account.target, account.label, blobs, SystemClock(), speaking, stores, account_key=account.batch_key
        )
