"""Folders among the specs of a command: each stands for the specs below it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from batchspec.errors import UsageError
from batchspec.reading import load
from batchspec.reading.folders import holds_spec, may_hold_spec, yaml_files
from batchspec.source import read


def expanded(paths: Sequence[Path]) -> list[Path]:
    """The files, each once. Raises UnreadableFile, and UsageError for a folder without a spec."""
    return list(dict.fromkeys(file for path in paths for file in (_below(path) if path.is_dir() else (path,))))


def _below(folder: Path) -> list[Path]:
    found = [path for path in yaml_files(folder) if _is_spec(path)]
    if not found:
        raise UsageError(f"there is no spec in {folder}", 'specs are YAML files whose first key is "batchspec"')
    return found


def _is_spec(path: Path) -> bool:
    source = read(path)
    return may_hold_spec(source) and holds_spec(source, load(source))
