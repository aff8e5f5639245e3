"""A folder with files as a user has them, checked in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchspec import api
from batchspec.api import Checked
from batchspec.compiler.links import Placeholders
from batchspec.compiler.program import Program
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.draft import Settings
from tests.support.cases import ADVICE

SPEC = "spec.yaml"
HEAD = """\
batchspec: v1
name: demo
pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: demo}
"""
SMALLEST = f"{HEAD}tasks: [{{id: hello, command: /bin/true}}]\n"


@dataclass(frozen=True)
class Project:
    """A folder of its own."""

    folder: Path

    def write(self, files: Mapping[str, str | bytes] | str) -> None:
        """Write files by their paths; a text alone is the spec."""
        for name, content in ({SPEC: files} if isinstance(files, str) else files).items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def check(self, files: Mapping[str, str | bytes] | str = "", **settings: Any) -> Checked:
        """Write the files, and validate the spec as the command does, but with nothing of this environment."""
        self.write(files or {})
        return api.validate([self.folder / SPEC], Settings(**settings))

    def findings(self, files: Mapping[str, str | bytes] | str, **settings: Any) -> tuple[Diagnostic, ...]:
        """What validate finds, but for advice on money and time limits, which small specs do not take."""
        advice = (*ADVICE, "BS312")
        return tuple(one for one in self.check(files, **settings).diagnostics if one.code not in advice)

    def codes(self, files: Mapping[str, str | bytes] | str, **settings: Any) -> list[str]:
        """The codes of what validate finds, in order."""
        return [one.code for one in self.findings(files, **settings)]

    def spec(self, files: Mapping[str, str | bytes] | str, **settings: Any) -> Spec:
        """The checked spec of files that are good."""
        self.write(files)
        checked = api.check_files([self.folder / SPEC], Settings(**settings))
        assert checked.ok, [one.message for one in checked.diagnostics]
        return checked.specs[0]

    def program(self, files: Mapping[str, str | bytes] | str, **settings: Any) -> Program:
        """The program of files that are good."""
        return api.compile_program(self.spec(files, **settings), Placeholders())
