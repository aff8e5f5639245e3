"""What every kind of task has in common: its command line, its environment, its user."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from azure.batch.models import AutoUserSpecification, EnvironmentSetting, UserIdentity

from batchspec.spec.model import Runs

# A script travels as an environment variable, and the command line that runs it is always the same: no quoting,
# however odd, is ever parsed by the service's agent, and bash counts the script's own lines.
SCRIPT = "BATCHSPEC_RUN"
_BASH = f"/bin/bash -euo pipefail -c 'eval \"${SCRIPT}\"'"


def command_line(runs: Runs) -> str:
    """The command line of a task. An argv list is joined so that a shell-like split gives it back."""
    if runs.run is not None:
        return _BASH
    if isinstance(runs.command, tuple):
        return shlex.join(str(word) for word in runs.command)
    return str(runs.command)


def environment(settings: Mapping[str, Any] | None, script: str | None = None) -> list[EnvironmentSetting] | None:
    """Environment settings; null leaves a variable out, true and false are written as YAML has them."""
    made = [
        EnvironmentSetting(name=name, value=str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in (settings or {}).items()
        if value is not None
    ]
    if script is not None:
        made.append(EnvironmentSetting(name=SCRIPT, value=script))
    return made or None


def user(runs: Runs) -> UserIdentity | None:
    """An administrator where one is asked for; otherwise the service's default."""
    if not runs.elevated:
        return None
    return UserIdentity(auto_user=AutoUserSpecification(scope="pool", elevation_level="admin"))
