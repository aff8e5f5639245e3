"""What every kind of task has in common: its command line, its environment, its user."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from azure.batch.models import AutoUserSpecification, EnvironmentSetting, TaskConstraints, UserIdentity

from batchspec.compiler.files import Files
from batchspec.compiler.lower import fields
from batchspec.spec.model import Manager, NoValue, Preparation, Runs, Task

# A script travels as an environment variable, and the command line that runs it is always the same: no quoting,
# however odd, is ever parsed by the service's agent, and bash counts the script's own lines.
SCRIPT = "BATCHSPEC_RUN"
BASH = f"/bin/bash -euo pipefail -c 'eval \"${SCRIPT}\"'"

_NONE: dict[str, Any] = {}


def common(runs: Runs, files: Files) -> dict[str, Any]:
    """The keywords that start tasks, preparations, releases and managers have in common, native fields included."""
    return {
        **fields(runs),
        "command_line": command_line(runs),
        "environment_settings": environment(runs.environment, runs.run),
        "resource_files": files.inputs(runs.inputs) or None,
        **user(runs),
    }


def command_line(runs: Runs) -> str:
    """The command line of a task. An argv list is joined so that a shell-like split gives it back."""
    if runs.run is not None:
        return BASH
    return argv_line(runs.command or "")


def argv_line(command: str | tuple[Any, ...]) -> str:
    """A command line as it was written, or an argv list as one."""
    return shlex.join(str(word) for word in command) if isinstance(command, tuple) else command


def environment(settings: Mapping[str, Any] | None, script: str | None = None) -> list[EnvironmentSetting] | None:
    """Environment settings; null leaves a variable out, {} names it alone, flags are written as YAML has them."""
    made = [
        _setting(name, value if type(value) is str else _text(value))
        for name, value in (settings or {}).items()
        if value is not None
    ]
    if script is not None:
        made.append(EnvironmentSetting(name=SCRIPT, value=script))
    return made or None


def _setting(name: str, value: str | None) -> EnvironmentSetting:
    """As the class makes it, in a fifth of the time: many tasks have several."""
    made = object.__new__(EnvironmentSetting)
    made.additional_properties, made.name, made.value = _NONE, name, value
    return made


def _text(value: Any) -> str | None:
    if isinstance(value, NoValue):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def user(runs: Runs) -> dict[str, UserIdentity]:
    """The keyword for an administrator where one is asked for in short; `user_identity` says all else."""
    if not runs.elevated:
        return {}
    return {"user_identity": UserIdentity(auto_user=AutoUserSpecification(scope="pool", elevation_level="admin"))}


def constraints(task: Task | Preparation | Manager) -> TaskConstraints | None:
    """The limits of a task, when it has any."""
    if task.timeout is None and task.retries is None and task.retention is None:
        return None
    return TaskConstraints(
        max_wall_clock_time=task.timeout, max_task_retry_count=task.retries, retention_time=task.retention
    )
