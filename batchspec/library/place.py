"""Where work runs: a target, the environment that has its account, and the folder of the local target."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from batchspec import api


@dataclass(frozen=True)
class Place:
    """A target as it was named, or "local" or "azure". environ: None is the process's own, whenever it is asked.

    folder: where the local target keeps its state, in `.batchspec/local`, and where results come home to.
    """

    target: str
    folder: Path
    environ: Mapping[str, str] | None = field(default=None, repr=False, compare=False)  # it holds keys

    @classmethod
    def of(cls, target: str | None, environ: Mapping[str, str] | None, folder: str | Path) -> Place:
        """target: None is the account, when the environment has one, otherwise local."""
        from batchspec.service.account import default_target

        # Wherever the process goes later, the place stays.
        folder = Path(folder).absolute()
        return cls(target or default_target(os.environ if environ is None else environ), folder, environ)

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment."""
        return os.environ if self.environ is None else self.environ

    def connect(self) -> AbstractContextManager[api.Connection]:
        """The service; see `batchspec.api.connect`."""
        return api.connect(self.target, self.variables, self.folder)
