"""The line, for library users: every stage is one function; only `connect` and what comes after it reach out.

read -> load -> check -> compile -> apply -> report
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from batchspec.check.files import TARGETS, Checked, check_files, validate
from batchspec.errors import LocalFailure
from batchspec.spec.build import Spec

if TYPE_CHECKING:
    from batchspec.compiler.links import Links
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

__all__ = ["TARGETS", "Checked", "Connection", "check_files", "compile_program", "connect", "validate"]


def compile_program(spec: Spec, links: Links) -> Program:
    """The request bodies of a spec and the files to move. Raises LocalFailure when an input cannot be read."""
    from batchspec.compiler.compile import compile_spec

    try:
        return compile_spec(spec, links)
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

    def program(self, spec: Spec) -> Program:
        """The spec compiled with links into this connection's storage, signed for as long as the spec says."""
        from batchspec.compiler.links import Signed

        storage = spec.keys.storage
        lifetime = storage.sas_lifetime if storage is not None else Signed.LIFETIME
        return compile_program(spec, Signed(self.blobs, self.clock.now() + lifetime))

    def batch(self, program: Program) -> BatchPort:
        """The service, spoken to in the program's API version: its bodies have that version's fields."""
        return self.speaking(program.api_version)


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
        yield Connection(account.target, account.label, blobs, SystemClock(), speaking)
