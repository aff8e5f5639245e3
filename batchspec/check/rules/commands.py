"""BS406, BS502: a command runs without a shell; a script fits into one environment variable."""

from __future__ import annotations

import re
from collections.abc import Iterator

from batchspec.check.rule import finding, once
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import Runs

_SHELL = re.compile(r"&&|\|\||[|;<>`]|\$(?:[A-Za-z_]\w*|[{(])|(?<!\S)&(?!\S)")
_IS_SHELL = re.compile(r"\s*(\S*/)?(bash|sh|dash|zsh|env|cmd(\.exe)?|powershell(\.exe)?|pwsh)\b")
MAX_SCRIPT = 128 * 1024 - 256  # bytes: Linux takes 128 KiB for one argument or variable (MAX_ARG_STRLEN in execve(2))


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Every command and script, told once for each place."""
    return once(_each(spec))


def _each(spec: Spec) -> Iterator[Diagnostic]:
    for runs, pointer in _all(spec):
        if isinstance(runs.command, str) and not _IS_SHELL.match(runs.command):
            match = _SHELL.search(runs.command)
            if match:
                message = f'a command runs without a shell, which "{match[0]}" needs'
                yield finding("BS406", message, runs.at("command"), f"{pointer}/command", "write it as run:")
        if runs.run is not None and len(runs.run.encode()) > MAX_SCRIPT:
            message = f"the script has more than {MAX_SCRIPT:,} bytes"
            hint = "put it into a file, and name the file in inputs"
            yield finding("BS502", message, runs.at("run"), f"{pointer}/run", hint)


def _all(spec: Spec) -> Iterator[tuple[Runs, str]]:
    pool, job = spec.keys.pool, spec.keys.job
    for runs in (pool.start_task, job.prepare, job.release):
        if runs is not None:
            yield runs, runs.pointer
    for task in spec.tasks:
        yield task, task.pointer
