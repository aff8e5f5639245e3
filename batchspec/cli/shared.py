"""The options that a `Given` is made from: written once, for every command that takes one.

`def plan(specs: options.Specs, *, given: Given, rerun: options.Rerun = False) -> int` is to users
`batchspec plan [-p NAME=VALUE] [--target NAME] [--params-file FILE] [--allow-outside] [--max-tasks N] [--rerun] SPEC`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any

from batchspec.cli import options
from batchspec.cli.given import Given
from batchspec.spec.matrix import MAX_TASKS


def _given(
    *,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
) -> Given:
    return Given(param, target, params_file, allow_outside, max_tasks)


_OPTIONS = signature(_given, eval_str=True).parameters


def with_given(command: Callable[..., int]) -> Callable[..., int]:
    """The command as Typer is to see it: those options stand in the place of its parameter `given`, if it has one."""
    own = signature(command, eval_str=True)
    if "given" not in own.parameters:
        return command
    seen: list[Parameter] = []
    for name, parameter in own.parameters.items():
        seen += _OPTIONS.values() if name == "given" else [parameter]

    @wraps(command)
    def run(**values: Any) -> int:
        given = _given(**{name: values.pop(name) for name in _OPTIONS})
        return command(given=given, **values)

    run.__signature__ = own.replace(parameters=seen)  # type: ignore[attr-defined]  # what Typer reads
    return run
