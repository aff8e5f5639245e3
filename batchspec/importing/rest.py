"""REST JSON files to the text of one spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from batchspec.importing.assemble import Names, assemble
from batchspec.importing.documents import documents
from batchspec.importing.emit import emit
from batchspec.importing.sugar import SUGAR
from batchspec.importing.tables import Reader
from batchspec.importing.texts import Secrets
from batchspec.importing.told import Told
from batchspec.source import SourceFile


@dataclass(frozen=True)
class Imported:
    """A spec's text, what is to be known about it, and the variables that stand for its secrets."""

    text: str
    notes: tuple[str, ...]
    variables: tuple[str, ...]


def import_rest(sources: Sequence[SourceFile], names: Names, *, keep_secrets: bool = False) -> Imported:
    """The files as one spec. Raises CannotImport, UsageError."""
    told, secrets = Told(), Secrets(keep_secrets)
    found = [document for source in sources for document in documents(source, told)]
    spec = assemble(found, names, Reader(told, secrets, SUGAR))
    told.stop()
    return Imported(emit(spec), tuple(told.all_notes()), tuple(secrets.variables))
