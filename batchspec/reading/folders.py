"""The specs of a folder: every YAML file below it that says so."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from batchspec.diag import Result
from batchspec.errors import UnreadableFile
from batchspec.reading.node import Mapping, Node
from batchspec.source import SourceFile

_SUFFIXES = (".yaml", ".yml")
_MARK = b"batchspec"  # the key of every spec: what has it nowhere need not be read as YAML


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files below a folder, sorted; not those of hidden folders, nor behind links that lead out of it.

    Raises UnreadableFile for a folder that cannot be listed: specs in it would be passed over in silence.
    """
    return sorted(_walk(folder))


def _walk(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for path, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for file in (Path(path, name) for name in files if name.endswith(_SUFFIXES)):
            if file.is_file() and (not file.is_symlink() or file.resolve().is_relative_to(root)):
                yield file


def _refuse(error: OSError) -> None:
    raise UnreadableFile(str(error.filename), error.strerror or str(error)) from error


def may_hold_spec(source: SourceFile) -> bool:
    """Whether it is worth to read it as YAML."""
    return _MARK in source.data


def holds_spec(source: SourceFile, documents: Result[tuple[Node, ...]]) -> bool:
    """Whether a file of a folder is a spec; of what is not YAML, whether it was meant to be one."""
    if documents.value is None:
        return re.search(r"^batchspec:", source.text, re.MULTILINE) is not None
    return any(isinstance(node, Mapping) and "batchspec" in node.values for node in documents.value)
