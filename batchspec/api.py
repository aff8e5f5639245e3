"""The line, for library users: every stage is one function; only `connect` and what comes after it reach out.

read -> load -> check -> compile -> apply -> report
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchspec.check import check
from batchspec.diag import Diagnostic, Result, errors_in, tidy
from batchspec.errors import LocalFailure, UsageError
from batchspec.load import Mapping as Tree, Node, Scalar, load
from batchspec.source import SourceFile, read
from batchspec.spec.build import Spec
from batchspec.spec.draft import Settings

if TYPE_CHECKING:
    from batchspec.compiler.links import Links
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

TARGETS = ("local", "azure")  # those that every spec has


@dataclass(frozen=True)
class Checked:
    """Files after loading and checking: the specs that are good, and everything that was found."""

    sources: Mapping[str, SourceFile]
    specs: tuple[Spec, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """No error anywhere."""
        return not errors_in(self.diagnostics)


def check_files(paths: Sequence[str | Path], settings: Settings) -> Checked:
    """Load and check for one target. Raises UnreadableFile; UsageError for a target that a spec does not have."""
    return _judged(paths, lambda node: _for_target(node, settings))


def validate(paths: Sequence[str | Path], settings: Settings) -> Checked:
    """Load and check: as written, and for each target that a spec has changes for. Raises UnreadableFile."""
    return _judged(paths, lambda node: _for_every_target(node, settings))


def _judged(paths: Sequence[str | Path], judge: Callable[[Node], Result[Spec]]) -> Checked:
    sources = {source.path: source for source in map(read, paths)}
    specs: list[Spec] = []
    found: list[Diagnostic] = []
    for source in sources.values():
        documents = _documents(source)
        found += documents.diagnostics
        for node in documents.value or ():
            result = judge(node)
            found += result.diagnostics
            specs += [result.value] if result.value is not None else []
    return Checked(sources, tuple(specs), tidy(found))


def _documents(source: SourceFile) -> Result[tuple[Node, ...]]:
    loaded = load(source)
    if loaded.value is None:
        return loaded
    specs = tuple(node for node in loaded.value if not (isinstance(node, Scalar) and node.value is None))
    if not specs:
        return Result(None, (Diagnostic("BS008", "the file holds no spec", source.span(0, 0)),))
    return Result(specs)


def _targets(node: Node) -> list[str]:
    targets = node.get("targets") if isinstance(node, Tree) else None
    return list(targets.values) if isinstance(targets, Tree) else []


def _for_target(node: Node, settings: Settings) -> Result[Spec]:
    known = [*TARGETS, *_targets(node)]
    if settings.target and settings.target not in known:
        listed = ", ".join(dict.fromkeys(known))
        raise UsageError(f'{node.span.path} has no target "{settings.target}"', f"there are {listed}")
    return check(node, settings)


def _for_every_target(node: Node, settings: Settings) -> Result[Spec]:
    if settings.target:
        return _for_target(node, settings)
    results = [check(node, replace(settings, target=name)) for name in ("", *_targets(node))]
    found = tidy(one for result in results for one in result.diagnostics)
    return Result(None if errors_in(found) else results[0].value, found)


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
    batch: BatchPort
    blobs: BlobPort
    clock: Clock

    def program(self, spec: Spec) -> Program:
        """The spec compiled with links into this connection's storage, signed for as long as the spec says."""
        from batchspec.compiler.links import Signed

        storage = spec.keys.storage
        lifetime = storage.sas_lifetime if storage is not None else Signed.LIFETIME
        return compile_program(spec, Signed(self.blobs, self.clock.now() + lifetime))


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
    with closing(AzureBatch(account)) as batch, closing(AzureBlob(account)) as blobs:
        yield Connection(account.target, account.label, batch, blobs, SystemClock())
